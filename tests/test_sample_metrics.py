"""Distances between sets of points: closed forms, sets made by hand, and a plain reference."""

import math

import pytest
import torch
from torch import Tensor

from training.evaluation import sample_metrics
from training.evaluation.sample_metrics import (
    class_entropy,
    frechet_distance,
    nearest_rmse,
    neighbour_distances,
    precision_recall_density_coverage,
)


def normal(rows: int, columns: int, seed: int) -> Tensor:
    return torch.randn(rows, columns, generator=torch.Generator().manual_seed(seed))


def with_moments(mean: Tensor, covariance: Tensor) -> Tensor:
    """500 points (N, F), float64, whose mean and covariance are exactly these."""
    points = normal(500, len(mean), seed=0).double()
    points -= points.mean(dim=0)
    whiten = torch.linalg.inv(torch.linalg.cholesky(torch.cov(points.T)))
    coloured: Tensor = torch.linalg.cholesky(covariance) @ whiten @ points.T
    return coloured.T + mean


def covariance(size: int, seed: int) -> Tensor:
    root = normal(size, size, seed).double()
    return root @ root.T + torch.eye(size)


def test_a_set_has_no_distance_from_itself() -> None:
    points = normal(200, 8, seed=1)
    assert frechet_distance(points, points) == pytest.approx(0, abs=1e-9)


def test_a_shift_counts_its_squared_length() -> None:
    points, shift = normal(200, 3, seed=1).double(), torch.tensor([1.0, -2.0, 2.0])
    assert frechet_distance(points, points + shift) == pytest.approx(9.0)


def test_gaussians_with_independent_units_differ_by_their_standard_deviations() -> None:
    first, second = torch.tensor([1.0, 2.0, 0.5]), torch.tensor([3.0, 2.0, 0.1])
    real = with_moments(torch.zeros(3), first.square().diag().double())
    samples = with_moments(torch.ones(3), second.square().diag().double())
    expected = 3 + float((first - second).square().sum())
    assert frechet_distance(real, samples) == pytest.approx(expected)


def test_the_root_of_the_product_is_that_of_its_eigenvalues() -> None:
    c, d = covariance(5, seed=2), covariance(5, seed=3)
    zero = torch.zeros(5)
    root = torch.linalg.eigvals(c @ d).real.sqrt().sum()  # C D has no symmetry, but this spectrum
    expected = float(c.trace() + d.trace() - 2 * root)
    distance = frechet_distance(with_moments(zero, c), with_moments(zero, d))
    assert distance == pytest.approx(expected)
    assert frechet_distance(with_moments(zero, d), with_moments(zero, c)) == pytest.approx(distance)


def test_units_that_never_change_are_no_obstacle() -> None:
    points = torch.cat([normal(100, 2, seed=4), torch.zeros(100, 3)], dim=1)
    assert frechet_distance(points, 2 * points) > 0
    assert math.isfinite(frechet_distance(points, torch.zeros(100, 5)))


def test_neighbours_are_the_nearest_others() -> None:
    points = torch.tensor([[0.0], [1.0], [3.0], [7.0]])
    expected = [[1, 3], [1, 2], [2, 3], [4, 6]]
    assert neighbour_distances(points, 2).tolist() == expected


def test_a_twin_is_a_neighbour_at_no_distance() -> None:
    points = torch.tensor([[2.0], [2.0], [5.0]])
    assert neighbour_distances(points, 1).tolist() == [[0], [0], [3]]


def test_neighbours_need_that_many_others() -> None:
    with pytest.raises(ValueError, match="5 neighbours need more than 5 points, got 5"):
        precision_recall_density_coverage(torch.zeros(5, 2), torch.zeros(9, 2))


def test_a_copy_of_the_real_set_is_precise_and_complete() -> None:
    points = normal(100, 3, seed=5)
    figures = precision_recall_density_coverage(points, points)
    assert figures["precision"] == figures["recall"] == figures["coverage"] == 1


def test_the_same_distribution_has_density_one() -> None:
    figures = precision_recall_density_coverage(normal(2000, 2, seed=6), normal(2000, 2, seed=7))
    assert figures["density"] == pytest.approx(1, abs=0.05)
    # A ball is empty if, of a point's neighbours from both sets, the k nearest are all real.
    assert figures["coverage"] == pytest.approx(1 - 2**-5, abs=0.02)


def test_sets_far_apart_share_nothing() -> None:
    figures = precision_recall_density_coverage(normal(50, 3, 8), normal(50, 3, 9) + 100)
    assert set(figures.values()) == {0}


def test_a_collapsed_model_is_precise_but_recalls_and_covers_little() -> None:
    real = torch.cat([normal(100, 2, seed=10) + 20 * torch.tensor([i, 0]) for i in range(5)])
    collapsed = normal(500, 2, seed=11) / 2  # of five clusters the middle of one
    figures = precision_recall_density_coverage(real, collapsed)
    assert figures["precision"] > 0.95
    assert figures["density"] > 1
    assert figures["recall"] < 0.2
    assert figures["coverage"] <= 0.2


def test_an_outlier_among_the_real_points_makes_precision_but_not_density() -> None:
    real = torch.cat([normal(100, 2, seed=12), torch.tensor([[50.0, 0.0]])])
    samples = normal(100, 2, seed=13) + torch.tensor([25.0, 0.0])
    figures = precision_recall_density_coverage(real, samples)
    assert figures["precision"] > 0.9, "one ball reaches from the outlier to the others"
    assert figures["density"] < 0.25


def plain(real: Tensor, samples: Tensor) -> dict[str, float]:
    """The four figures from the papers' sentences, point by point."""

    def radius(points: Tensor, index: int, k: int) -> float:
        others = [math.dist(points[index], p) for i, p in enumerate(points) if i != index]
        return sorted(others)[k - 1]

    real_3 = [radius(real, i, 3) for i in range(len(real))]
    real_5 = [radius(real, i, 5) for i in range(len(real))]
    sample_3 = [radius(samples, i, 3) for i in range(len(samples))]
    apart = [[math.dist(x, y) for x in real] for y in samples]
    n, m = range(len(samples)), range(len(real))
    return {
        "precision": sum(any(apart[j][i] <= real_3[i] for i in m) for j in n) / len(n),
        "recall": sum(any(apart[j][i] <= sample_3[j] for j in n) for i in m) / len(m),
        "density": sum(apart[j][i] <= real_5[i] for i in m for j in n) / (5 * len(n)),
        "coverage": sum(any(apart[j][i] <= real_5[i] for j in n) for i in m) / len(m),
    }


@pytest.mark.parametrize("block", [7, 1000])
def test_blocks_give_what_a_plain_reference_gives(
    block: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sample_metrics, "BLOCK", block)
    real, samples = normal(60, 2, seed=14), normal(40, 2, seed=15) * 0.7 + 0.5
    figures = precision_recall_density_coverage(real, samples)
    assert figures == pytest.approx(plain(real.double(), samples.double()))
    assert min(figures.values()) > 0, "the reference is compared where it says something"


def images(count: int, seed: int) -> Tensor:
    return torch.rand(count, 1, 28, 28, generator=torch.Generator().manual_seed(seed))


def test_a_copied_image_is_at_no_distance_from_the_data() -> None:
    others = images(30, seed=1)
    assert nearest_rmse(others[[7, 3]], others).tolist() == [0, 0]


def test_the_nearest_image_is_measured_in_grey_levels() -> None:
    others = torch.stack([torch.full((1, 28, 28), level) for level in (0.0, 0.5, 1.0)])
    x = torch.full((1, 1, 28, 28), 0.6)
    assert nearest_rmse(x, others).item() == pytest.approx(0.1)


def test_the_nearest_image_is_the_one_of_all_differences() -> None:
    x, others = images(300, seed=2), images(20, seed=3)
    every = torch.stack([(x - other).square().mean(dim=(1, 2, 3)).sqrt() for other in others])
    torch.testing.assert_close(nearest_rmse(x, others), every.amin(dim=0))


def test_entropy_is_zero_for_one_class_and_highest_for_equal_shares() -> None:
    assert class_entropy(torch.full((50,), 3), 10) == 0
    assert class_entropy(torch.arange(50) % 10, 10) == pytest.approx(math.log(10))
