"""The training objective and its named terms: pure functions of a model and a batch."""

import torch
from torch import Tensor, nn

from app.model.vae import VAE, kl_divergence
from training.recipes import Recipe

Terms = dict[str, Tensor]


def term_names(recipe: Recipe) -> list[str]:
    """Return the names of the terms of a recipe's objective, the loss first."""
    names = ["loss", "reconstruction"]
    if recipe.model.variance_head != "none":
        names += ["kl", "variance"]
    if recipe.contractive_weight:
        names += ["contraction"]
    return names


class Objective(nn.Module):
    """-E_q[log p(x|z)] + lambda * KL(q(z|x) || N(0, I)) + weight * contractive penalty.

    It is a module so that DistributedDataParallel can wrap it.
    """

    def __init__(self, vae: VAE, recipe: Recipe) -> None:
        super().__init__()
        self.vae, self.contractive_weight = vae, recipe.contractive_weight

    def forward(
        self,
        encoder_input: Tensor,
        x: Tensor,
        eps: Tensor,
        kl_weight: float,
    ) -> Terms:
        """Return the terms by name: scalars, means over the batch.

        Args:
            encoder_input: (B, 1, 28, 28) in [0, 1], x or a corrupted x.
            x: (B, 1, 28, 28) in [0, 1], the target of the decoder.
            eps: (B, Z), draws from N(0, I).
            kl_weight: lambda.

        Returns:
            loss: the minimized sum in nats per image; -ELBO if lambda = 1 without penalty.
            reconstruction: -E_q[log p(x|z)] in nats per image, estimated from one epsilon per
                image.
            kl: KL(q(z|x) || N(0, I)) in nats per image; absent for a deterministic encoder.
            variance: sigma^2, also averaged over the latent dimensions; not part of the loss.
            contraction: squared Frobenius norm of df/dx, f(x) being the encoder's mu; absent
                without penalty.
        """
        if self.contractive_weight:
            encoder_input = encoder_input.detach().requires_grad_()
        x_logits, mu, logvar = self.vae(encoder_input, eps)
        reconstruction = -self.vae.log_likelihood(x_logits, x).mean()
        terms = {"loss": reconstruction, "reconstruction": reconstruction}
        if self.vae.config.variance_head != "none":
            terms["kl"] = kl_divergence(mu, logvar).mean()
            terms["variance"] = logvar.exp().mean()
            terms["loss"] = terms["loss"] + kl_weight * terms["kl"]
        if self.contractive_weight:
            terms["contraction"] = jacobian_norm(mu, encoder_input).mean()
            terms["loss"] = terms["loss"] + self.contractive_weight * terms["contraction"]
        return terms


def jacobian_norm(codes: Tensor, x: Tensor) -> Tensor:
    """Return ||df/dx||^2, the squared Frobenius norm of the encoder's Jacobian, (B,).

    It is exact and takes one vector-Jacobian product for each latent dimension. Summing the codes
    over the batch is valid because an image's code does not depend on the other images. Source:
    Rifai et al., "Contractive Auto-Encoders", 2011, equation 1.

    Args:
        codes: (B, Z), f(x).
        x: (B, 1, 28, 28), requires a gradient.
    """
    rows = [
        torch.autograd.grad(codes[:, i].sum(), x, create_graph=True)[0].flatten(1)
        for i in range(codes.shape[1])
    ]
    return torch.stack(rows).square().sum(dim=(0, 2))
