"""The objective of training, in named parts: pure functions of a model and a batch."""

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from app.quadrature import log_likelihoods, standard_normal
from app.vae import VAE, kl_divergence
from training.recipes import Recipe

MUCH = 4.0  # nats; within one mode a draw of q is seldom worse than its best code by more
NEAR = 0.1  # a distance from which on the pull grows no more, about the width of a mode
Terms = dict[str, Tensor]


def term_names(recipe: Recipe) -> list[str]:
    """The terms that a recipe's objective has, the loss first."""
    names = ["loss", "reconstruction"]
    if recipe.model.variance_head != "none":
        names += ["kl", "variance"]
    if recipe.contraction:
        names += ["contraction"]
    if recipe.candidates:
        names += ["pull"]
    return names


class Objective(nn.Module):
    """-E_q[log p(x|z)] + lambda * KL(q(z|x) || N(0, I)), and the family's penalty.

    A module, so that PyTorch's data-parallel engine can wrap it.
    """

    def __init__(self, vae: VAE, recipe: Recipe) -> None:
        super().__init__()
        self.vae, self.contraction = vae, recipe.contraction

    def forward(
        self,
        seen: Tensor,
        x: Tensor,
        eps: Tensor,
        kl_weight: float,
        candidates: Tensor | None = None,
        pull_weight: float = 0.0,
    ) -> Terms:
        """The terms by name: scalars, mean over the batch, in nats per image but for `variance`.

        Args:
            seen: (B, 1, 28, 28) in [0, 1], what the encoder gets: x, or x corrupted.
            x: (B, 1, 28, 28) in [0, 1], what the decoder is to give.
            eps: (B, Z) from N(0, I).
            kl_weight: lambda.
            candidates: (C, Z) from N(0, I), of a recipe that has them.
            pull_weight: of what they add to the loss.

        Returns:
            loss: what is minimised; -ELBO when lambda = 1 and there is no penalty.
            reconstruction: -E_q[log p(x|z)] with one epsilon per image.
            kl: KL(q(z|x) || N(0, I)); a deterministic encoder has none.
            variance: sigma^2, mean over the latent dimensions; no part of the loss.
            contraction: ||df/dx||^2 of the code's mean.
            pull: see `pull`.
        """
        if self.contraction:
            seen = seen.detach().requires_grad_()
        x_logits, mu, logvar = self.vae(seen, eps)
        reconstruction = -self.vae.log_likelihood(x_logits, x).mean()
        terms = {"loss": reconstruction, "reconstruction": reconstruction}
        if self.vae.config.variance_head != "none":
            terms["kl"] = kl_divergence(mu, logvar).mean()
            terms["variance"] = logvar.exp().mean()
            terms["loss"] = terms["loss"] + kl_weight * terms["kl"]
        if self.contraction:
            terms["contraction"] = jacobian_norm(mu, seen).mean()
            terms["loss"] = terms["loss"] + self.contraction * terms["contraction"]
        if candidates is not None:
            z = (mu + torch.exp(0.5 * logvar) * eps).detach()
            own = self.vae.log_likelihood(x_logits.detach(), x) + standard_normal(z)
            terms["pull"] = pull(self.vae, x, mu, own, candidates)
            terms["loss"] = terms["loss"] + pull_weight * terms["pull"]
        return terms


def pull(vae: VAE, x: Tensor, mu: Tensor, own: Tensor, candidates: Tensor) -> Tensor:
    """How far the encoder's mean is from a code that explains the image much better.

    The ELBO's gradient comes from where q(z|x) lies: an encoder that puts an image on the wrong one
    of two places where the decoder draws it does not learn of the other. Codes from the prior know
    nothing of q. Reweighted wake-sleep trains an encoder on them (Bornschein & Bengio, 2015); here
    they only correct what is far off.

    Args:
        mu: (B, Z), which alone gets a gradient.
        own: log p(x, z) at the encoder's own draw, (B,).
        candidates: (C, Z).

    Returns:
        The Huber loss of the distance, 0 where no candidate is much better; mean over the batch.
    """
    with torch.no_grad():
        joint = log_likelihoods(vae, candidates, x.flatten(1)) + standard_normal(candidates)
        best, index = joint.max(dim=1)
        better = best > own + MUCH
    distance = (candidates[index] - mu).norm(dim=1)
    huber = F.huber_loss(distance, torch.zeros_like(distance), reduction="none", delta=NEAR)
    return (huber * better).mean()


def jacobian_norm(codes: Tensor, x: Tensor) -> Tensor:
    """||df/dx||^2, squared Frobenius norm of the encoder's Jacobian, (B,): exact.

    One vector-Jacobian product for each latent dimension: an image's code depends on no other image
    (Rifai et al., "Contractive Auto-Encoders", 2011, equation 1).

    Args:
        codes: (B, Z), f(x).
        x: (B, 1, 28, 28), a leaf or node of the graph that requires a gradient.
    """
    rows = [
        torch.autograd.grad(codes[:, i].sum(), x, create_graph=True)[0].flatten(1)
        for i in range(codes.shape[1])
    ]
    return torch.stack(rows).square().sum(dim=(0, 2))
