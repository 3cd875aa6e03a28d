"""Sample metrics compared with closed forms, small examples and a plain implementation."""

import math

import pytest
import torch
from torch import Tensor

from training.evaluation import sample_metrics
from training.evaluation.sample_metrics import (
    class_entropy,
    frechet_distance,
    nearest_rmse,
    neighbor_distances,
    precision_recall_density_coverage,
)


def normal(rows: int, columns: int, seed: int) -> Tensor:
    return torch.randn(rows, columns, generator=torch.Generator().manual_seed(seed))


def with_moments(mean: Tensor, covariance: Tensor) -> Tensor:
    """Return 500 points (N, F), float64, with exactly this mean and covariance."""
    points = normal(500, len(mean), seed=0).double()
    points -= points.mean(dim=0)
    whiten = torch.linalg.inv(torch.linalg.cholesky(torch.cov(points.T)))
    colored: Tensor = torch.linalg.cholesky(covariance) @ whiten @ points.T
    return colored.T + mean


def covariance(size: int, seed: int) -> Tensor:
    root = normal(size, size, seed).double()
    return root @ root.T + torch.eye(size)


def test_the_frechet_distance_of_a_set_to_itself_is_zero() -> None:
    points = normal(200, 8, seed=1)
    assert frechet_distance(points, points) == pytest.approx(0, abs=1e-9)


def test_the_frechet_distance_of_a_shifted_set_is_the_squared_shift() -> None:
    points, shift = normal(200, 3, seed=1).double(), torch.tensor([1.0, -2.0, 2.0])
    assert frechet_distance(points, points + shift) == pytest.approx(9.0)


def test_the_frechet_distance_of_diagonal_gaussians_compares_standard_deviations() -> None:
    first, second = torch.tensor([1.0, 2.0, 0.5]), torch.tensor([3.0, 2.0, 0.1])
    real = with_moments(torch.zeros(3), first.square().diag().double())
    samples = with_moments(torch.ones(3), second.square().diag().double())
    expected = 3 + float((first - second).square().sum())
    assert frechet_distance(real, samples) == pytest.approx(expected)


def test_the_trace_of_the_root_is_the_sum_of_the_roots_of_eigenvalues() -> None:
    c, d = covariance(5, seed=2), covariance(5, seed=3)
    zero = torch.zeros(5)
    root = torch.linalg.eigvals(c @ d).real.sqrt().sum()  # C D is not symmetric
    expected = float(c.trace() + d.trace() - 2 * root)
    distance = frechet_distance(with_moments(zero, c), with_moments(zero, d))
    assert distance == pytest.approx(expected)
    assert frechet_distance(with_moments(zero, d), with_moments(zero, c)) == pytest.approx(distance)


def test_constant_features_have_a_finite_frechet_distance() -> None:
    points = torch.cat([normal(100, 2, seed=4), torch.zeros(100, 3)], dim=1)
    assert frechet_distance(points, 2 * points) > 0
    assert math.isfinite(frechet_distance(points, torch.zeros(100, 5)))


def test_neighbor_distances_are_ascending_without_the_point_itself() -> None:
    points = torch.tensor([[0.0], [1.0], [3.0], [7.0]])
    expected = [[1, 3], [1, 2], [2, 3], [4, 6]]
    assert neighbor_distances(points, 2).tolist() == expected


def test_a_duplicate_is_a_neighbor_at_distance_zero() -> None:
    points = torch.tensor([[2.0], [2.0], [5.0]])
    assert neighbor_distances(points, 1).tolist() == [[0], [0], [3]]


def test_too_few_points_are_refused() -> None:
    with pytest.raises(ValueError, match="expected more than 5 points for 5 neighbors, got 5"):
        precision_recall_density_coverage(torch.zeros(5, 2), torch.zeros(9, 2))


def test_a_copy_of_the_real_set_has_full_precision_recall_and_coverage() -> None:
    points = normal(100, 3, seed=5)
    metrics = precision_recall_density_coverage(points, points)
    assert metrics["precision"] == metrics["recall"] == metrics["coverage"] == 1


def test_samples_of_the_real_distribution_have_density_one() -> None:
    metrics = precision_recall_density_coverage(normal(2000, 2, seed=6), normal(2000, 2, seed=7))
    assert metrics["density"] == pytest.approx(1, abs=0.05)
    # A ball contains no sample if the k nearest points of both sets are all real.
    assert metrics["coverage"] == pytest.approx(1 - 2**-5, abs=0.02)


def test_distant_sets_have_zero_metrics() -> None:
    metrics = precision_recall_density_coverage(normal(50, 3, 8), normal(50, 3, 9) + 100)
    assert set(metrics.values()) == {0}


def test_mode_collapse_has_high_precision_but_low_recall_and_coverage() -> None:
    real = torch.cat([normal(100, 2, seed=10) + 20 * torch.tensor([i, 0]) for i in range(5)])
    collapsed = normal(500, 2, seed=11) / 2  # the center of one of five clusters
    metrics = precision_recall_density_coverage(real, collapsed)
    assert metrics["precision"] > 0.95
    assert metrics["density"] > 1
    assert metrics["recall"] < 0.2
    assert metrics["coverage"] <= 0.2


def test_an_outlier_inflates_precision_but_not_density() -> None:
    real = torch.cat([normal(100, 2, seed=12), torch.tensor([[50.0, 0.0]])])
    samples = normal(100, 2, seed=13) + torch.tensor([25.0, 0.0])
    metrics = precision_recall_density_coverage(real, samples)
    assert metrics["precision"] > 0.9, "the ball of the outlier contains the samples"
    assert metrics["density"] < 0.25


def plain(real: Tensor, samples: Tensor) -> dict[str, float]:
    """Return the four metrics, computed point by point from the definitions in the papers."""

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
def test_blocks_give_the_same_metrics_as_a_plain_implementation(
    block: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sample_metrics, "BLOCK", block)
    real, samples = normal(60, 2, seed=14), normal(40, 2, seed=15) * 0.7 + 0.5
    metrics = precision_recall_density_coverage(real, samples)
    assert metrics == pytest.approx(plain(real.double(), samples.double()))
    assert min(metrics.values()) > 0, "the comparison needs nonzero metrics"


def images(count: int, seed: int) -> Tensor:
    return torch.rand(count, 1, 28, 28, generator=torch.Generator().manual_seed(seed))


def test_a_copied_image_has_rmse_zero() -> None:
    others = images(30, seed=1)
    assert nearest_rmse(others[[7, 3]], others).tolist() == [0, 0]


def test_the_nearest_rmse_is_in_gray_levels() -> None:
    others = torch.stack([torch.full((1, 28, 28), level) for level in (0.0, 0.5, 1.0)])
    x = torch.full((1, 1, 28, 28), 0.6)
    assert nearest_rmse(x, others).item() == pytest.approx(0.1)


def test_the_nearest_rmse_is_the_minimum_over_all_images() -> None:
    x, others = images(300, seed=2), images(20, seed=3)
    rmse = torch.stack([(x - other).square().mean(dim=(1, 2, 3)).sqrt() for other in others])
    torch.testing.assert_close(nearest_rmse(x, others), rmse.amin(dim=0))


def test_class_entropy_is_zero_for_one_class_and_highest_for_equal_frequencies() -> None:
    assert class_entropy(torch.full((50,), 3), 10) == 0
    assert class_entropy(torch.arange(50) % 10, 10) == pytest.approx(math.log(10))
