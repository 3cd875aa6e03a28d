"""Published results on MNIST, for comparison with the figures of this repository.

Only models of the same class: one layer of latent variables, the prior N(0, I), a Gaussian q(z|x)
with diagonal covariance, pixels that are binarized again in each epoch of training (dynamic
binarization). The figures are copied by hand from the papers.
"""

from dataclasses import dataclass


@dataclass(frozen=True)
class Published:
    """One result on the test images, in nats per image.

    Attributes:
        model: the model's name in the paper.
        latent_dim: length of z.
        negative_elbo: -ELBO; None if the paper does not report it.
        nll: NLL by importance sampling.
        samples: k of the importance sampling.
        source: the paper.
    """

    model: str
    latent_dim: int
    negative_elbo: float | None
    nll: float
    samples: int
    source: str


IWAE = "Burda, Grosse & Salakhutdinov, Importance Weighted Autoencoders, 2016"
PUBLISHED = (
    Published(
        "normal VAE",
        2,
        None,
        135.7,
        500,
        "Davidson et al., Hyperspherical Variational Auto-Encoders, 2018",
    ),
    Published("VAE, dense", 50, None, 86.76, 5000, IWAE),
    Published("IWAE, 50 samples: trained on the tighter bound", 50, None, 84.78, 5000, IWAE),
    Published(
        "VAE, dense",
        40,
        None,
        84.45,
        5000,
        "Norouzi, Fleet & Norouzi, Exemplar VAE, 2020",
    ),
    Published(
        "VAE, residual convolutions",
        32,
        84.08,
        81.08,
        128,
        "Kingma et al., Improving Variational Inference with Inverse Autoregressive Flow, 2016",
    ),
)
