"""Sample metrics: pure functions of the features or pixels of two sets of images.

Every metric compares n samples with m real images. Distances are computed in blocks of rows, so
that memory grows with n and m, not with their product.
"""

from collections.abc import Iterator

import torch
from torch import Tensor

MANIFOLD_NEIGHBORS = 3  # k of precision and recall, the value of Kynkäänniemi et al.
DENSITY_NEIGHBORS = 5  # k of density and coverage, the value of Naeem et al.
BLOCK = 100  # rows


def frechet_distance(real: Tensor, samples: Tensor) -> float:
    """Return the squared Fréchet distance between Gaussians fitted to two sets of features.

    It is |m - n|^2 + tr(C + D - 2 (C D)^(1/2)) for means m, n and covariances C, D, computed in
    float64. Two finite sets from one distribution have a positive distance that depends on their
    sizes, so that only values for equal sizes can be compared. Source: Heusel et al., "GANs Trained
    by a Two Time-Scale Update Rule", 2017, equation 6.

    Args:
        real: (M, F), at least two rows.
        samples: (N, F), at least two rows.
    """
    real, samples = real.double(), samples.double()
    mean_term = (real.mean(dim=0) - samples.mean(dim=0)).square().sum()
    c, d = torch.cov(real.T), torch.cov(samples.T)
    return float(mean_term + c.trace() + d.trace() - 2 * _trace_of_root(c, d))


def _trace_of_root(c: Tensor, d: Tensor) -> Tensor:
    """Return tr (C D)^(1/2) of two covariances (F, F), which can be singular.

    C D has the same eigenvalues as the symmetric C^(1/2) D C^(1/2), so that no root of an
    asymmetric matrix is needed. Rounding can make a zero eigenvalue slightly negative.
    """
    values, vectors = torch.linalg.eigh(c)
    root = (vectors * values.clamp(min=0).sqrt()) @ vectors.T
    eigenvalues: Tensor = torch.linalg.eigvalsh(root @ d @ root)
    return eigenvalues.clamp(min=0).sqrt().sum()


def precision_recall_density_coverage(real: Tensor, samples: Tensor) -> dict[str, float]:
    """Return precision, recall, density and coverage of samples.

    The ball of a point has the distance to the k-th nearest neighbor in the same set as its radius.

    Args:
        real: (M, F), more rows than DENSITY_NEIGHBORS.
        samples: (N, F), more rows than MANIFOLD_NEIGHBORS.

    Returns:
        precision: fraction of samples in the ball of a real point.
        recall: fraction of real points in the ball of a sample. Source of both: Kynkäänniemi et
            al., "Improved Precision and Recall Metric for Assessing Generative Models", 2019.
        density: mean number of real balls that contain a sample, divided by k. Its expectation is
            1 for samples of the real distribution.
        coverage: fraction of real points whose balls contain a sample. Source of both: Naeem et
            al., "Reliable Fidelity and Diversity Metrics for Generative Models", 2020.

    Raises:
        ValueError: a set has too few rows.
    """
    to_neighbors = neighbor_distances(real, DENSITY_NEIGHBORS)
    radius, wide_radius = to_neighbors[:, MANIFOLD_NEIGHBORS - 1], to_neighbors[:, -1]
    sample_radius = neighbor_distances(samples, MANIFOLD_NEIGHBORS)[:, -1]
    precise = balls = 0
    recalled = torch.zeros(len(real), dtype=torch.bool)
    covered = torch.zeros(len(real), dtype=torch.bool)
    for rows, distance in _distances(samples, real):
        precise += int((distance <= radius).any(dim=1).sum())
        recalled |= (distance <= sample_radius[rows, None]).any(dim=0)
        inside = distance <= wide_radius
        balls += int(inside.sum())
        covered |= inside.any(dim=0)
    return {
        "precision": precise / len(samples),
        "recall": float(recalled.float().mean()),
        "density": balls / (DENSITY_NEIGHBORS * len(samples)),
        "coverage": float(covered.float().mean()),
    }


def neighbor_distances(points: Tensor, k: int) -> Tensor:
    """Return the distances of each point (N, F) to its k nearest neighbors, (N, k), ascending.

    Raises:
        ValueError: there are fewer than k + 1 points.
    """
    if len(points) <= k:
        raise ValueError(f"expected more than {k} points for {k} neighbors, got {len(points)}")
    nearest = [block.topk(k + 1, largest=False).values for _, block in _distances(points, points)]
    return torch.cat(nearest)[:, 1:]  # without the point itself


def _distances(left: Tensor, right: Tensor) -> Iterator[tuple[slice, Tensor]]:
    """Yield a slice of the rows of `left` and their distances to all points of `right`, (rows, M).

    A matrix product is six times faster than differences. In float64 its rounding error is about
    1e-8 of the points' norm.
    """
    left, right = left.double(), right.double()
    for start in range(0, len(left), BLOCK):
        rows = slice(start, start + BLOCK)
        yield rows, torch.cdist(left[rows], right, compute_mode="use_mm_for_euclid_dist")


def nearest_rmse(x: Tensor, others: Tensor) -> Tensor:
    """Return the RMSE over the pixels between each image and its nearest in `others`, (N,).

    Args:
        x: (N, 1, 28, 28) in [0, 1].
        others: (M, 1, 28, 28) in [0, 1].
    """
    rows, others = x.flatten(1), others.flatten(1)
    half_squares = 0.5 * torch.linalg.vector_norm(others, dim=1).square()
    # Minimize |x - y|^2 / 2 without |x|^2 / 2, which does not depend on y. Rounding affects only
    # the choice between nearly equal distances; the RMSE below is computed from differences.
    blocks = torch.split(rows, BLOCK)
    nearest = [(half_squares - block @ others.T).argmin(dim=1) for block in blocks]
    return (rows - others[torch.cat(nearest)]).square().mean(dim=1).sqrt()


def class_entropy(predicted: Tensor, classes: int) -> float:
    """Return the entropy in nats of the frequencies of predicted classes (N,)."""
    shares = torch.bincount(predicted, minlength=classes).double() / len(predicted)
    return float(torch.special.entr(shares).sum())
