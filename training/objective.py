"""The objective of training, in named parts: pure functions of a model and a batch."""

import torch
from torch import Tensor, nn

from app.model.vae import VAE, kl_divergence
from training.recipes import Recipe

Terms = dict[str, Tensor]


def term_names(recipe: Recipe) -> list[str]:
    """The terms that a recipe's objective has, the loss first."""
    names = ["loss", "reconstruction"]
    if recipe.model.variance_head != "none":
        names += ["kl", "variance"]
    if recipe.contractive_weight:
        names += ["contraction"]
    return names


class Objective(nn.Module):
    """-E_q[log p(x|z)] + lambda * KL(q(z|x) || N(0, I)), and the family's penalty.

    A module, so that PyTorch's data-parallel engine can wrap it.
    """

    def __init__(self, vae: VAE, recipe: Recipe) -> None:
        super().__init__()
        self.vae, self.contractive_weight = vae, recipe.contractive_weight

    def forward(
        self,
        seen: Tensor,
        x: Tensor,
        eps: Tensor,
        kl_weight: float,
    ) -> Terms:
        """The terms by name: scalars, mean over the batch, in nats per image but for `variance`.

        Args:
            seen: (B, 1, 28, 28) in [0, 1], what the encoder gets: x, or x corrupted.
            x: (B, 1, 28, 28) in [0, 1], what the decoder is to give.
            eps: (B, Z) from N(0, I).
            kl_weight: lambda.

        Returns:
            loss: what is minimised; -ELBO when lambda = 1 and there is no penalty.
            reconstruction: -E_q[log p(x|z)] with one epsilon per image.
            kl: KL(q(z|x) || N(0, I)); a deterministic encoder has none.
            variance: sigma^2, mean over the latent dimensions; no part of the loss.
            contraction: ||df/dx||^2 of the code's mean.
        """
        if self.contractive_weight:
            seen = seen.detach().requires_grad_()
        x_logits, mu, logvar = self.vae(seen, eps)
        reconstruction = -self.vae.log_likelihood(x_logits, x).mean()
        terms = {"loss": reconstruction, "reconstruction": reconstruction}
        if self.vae.config.variance_head != "none":
            terms["kl"] = kl_divergence(mu, logvar).mean()
            terms["variance"] = logvar.exp().mean()
            terms["loss"] = terms["loss"] + kl_weight * terms["kl"]
        if self.contractive_weight:
            terms["contraction"] = jacobian_norm(mu, seen).mean()
            terms["loss"] = terms["loss"] + self.contractive_weight * terms["contraction"]
        return terms


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
