"""How like a model's samples are to real images: pure functions of features or of pixels.

Every figure compares n samples with m real images and says nothing of any single one. Distances are
made a block of rows at a time, so that memory grows with n and m, not with their product.
"""

from collections.abc import Iterator

import torch
from torch import Tensor

MANIFOLD_NEIGHBOURS = 3  # k of precision and recall, as Kynkäänniemi et al. choose it
DENSITY_NEIGHBOURS = 5  # k of density and coverage, as Naeem et al. choose it
BLOCK = 100  # rows


def frechet_distance(real: Tensor, samples: Tensor) -> float:
    """The squared Fréchet distance of the Gaussians with the moments of two sets of features.

    |m - n|^2 + tr(C + D - 2 (C D)^(1/2)) for means m, n and covariances C, D. Zero is best. Finite
    sets lie apart even where their distributions do not: compare equal counts only. Source: Heusel
    et al., "GANs Trained by a Two Time-Scale Update Rule", 2017, equation 6.

    Args:
        real, samples: (M, F) and (N, F), at least two rows each; computed in float64.
    """
    real, samples = real.double(), samples.double()
    apart = (real.mean(dim=0) - samples.mean(dim=0)).square().sum()
    c, d = torch.cov(real.T), torch.cov(samples.T)
    return float(apart + c.trace() + d.trace() - 2 * _trace_of_root(c, d))


def _trace_of_root(c: Tensor, d: Tensor) -> Tensor:
    """tr (C D)^(1/2) of two covariances, which need not have full rank.

    C D has the eigenvalues of the symmetric C^(1/2) D C^(1/2), so no root of a matrix without
    symmetry is taken. Rounding may leave an eigenvalue a little below zero.
    """
    values, vectors = torch.linalg.eigh(c)
    root = (vectors * values.clamp(min=0).sqrt()) @ vectors.T
    eigenvalues: Tensor = torch.linalg.eigvalsh(root @ d @ root)
    return eigenvalues.clamp(min=0).sqrt().sum()


def precision_recall_density_coverage(real: Tensor, samples: Tensor) -> dict[str, float]:
    """How far the samples lie among the real features, and the real ones among the samples.

    Around each point stands a ball that just reaches its k-th nearest neighbour in its own set.

    - precision: the share of samples in some real ball; recall: the share of real points in some
      sample's. Kynkäänniemi et al., "Improved Precision and Recall Metric for Assessing Generative
      Models", 2019.
    - density: how many real balls a sample lies in, over k, so 1 for samples of the real
      distribution, and above where they crowd; coverage: the share of real balls that hold a
      sample. Naeem et al., "Reliable Fidelity and Diversity Metrics for Generative Models", 2020.

    Args:
        real, samples: (M, F) and (N, F), more rows each than DENSITY_NEIGHBOURS.

    Raises:
        ValueError: for too few rows.
    """
    to_neighbours = neighbour_distances(real, DENSITY_NEIGHBOURS)
    radius, wide_radius = to_neighbours[:, MANIFOLD_NEIGHBOURS - 1], to_neighbours[:, -1]
    sample_radius = neighbour_distances(samples, MANIFOLD_NEIGHBOURS)[:, -1]
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
        "density": balls / (DENSITY_NEIGHBOURS * len(samples)),
        "coverage": float(covered.float().mean()),
    }


def neighbour_distances(points: Tensor, k: int) -> Tensor:
    """The distances of each point (N, F) to its k nearest others, (N, k), ascending.

    Raises:
        ValueError: where there are not k others.
    """
    if len(points) <= k:
        raise ValueError(f"{k} neighbours need more than {k} points, got {len(points)}")
    nearest = [block.topk(k + 1, largest=False).values for _, block in _distances(points, points)]
    return torch.cat(nearest)[:, 1:]  # the nearest of all is the point itself


def _distances(left: Tensor, right: Tensor) -> Iterator[tuple[slice, Tensor]]:
    """Some rows of `left`, and their distances (rows, M) to all points (M, F) of `right`.

    Through a matrix product, six times as fast as through differences; in float64, where what that
    loses to rounding is a hundred-millionth of the points' norm.
    """
    left, right = left.double(), right.double()
    for start in range(0, len(left), BLOCK):
        rows = slice(start, start + BLOCK)
        yield rows, torch.cdist(left[rows], right, compute_mode="use_mm_for_euclid_dist")


def nearest_rmse(x: Tensor, others: Tensor) -> Tensor:
    """How far each image is from the nearest of `others`: root mean square over the pixels, (N,).

    Args:
        x, others: (N, 1, 28, 28) and (M, 1, 28, 28) in [0, 1]; so the result is in [0, 1] too.
    """
    rows, others = x.flatten(1), others.flatten(1)
    half_squares = 0.5 * torch.linalg.vector_norm(others, dim=1).square()
    # |x - y|^2 / 2 less the part that does not depend on y: fast, and fine enough for choosing.
    blocks = torch.split(rows, BLOCK)
    nearest = [(half_squares - block @ others.T).argmin(dim=1) for block in blocks]
    return (rows - others[torch.cat(nearest)]).square().mean(dim=1).sqrt()


def class_entropy(predicted: Tensor, classes: int) -> float:
    """Entropy in nats of how often each class is predicted, (N,): log(classes) where all equal."""
    shares = torch.bincount(predicted, minlength=classes).double() / len(predicted)
    return float(torch.special.entr(shares).sum())
