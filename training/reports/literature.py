"""Published results on MNIST, to compare our own figures with.

Only models of the same class: one layer of latent variables, the prior N(0, I), a Gaussian q(z|x)
with diagonal covariance, pixels redrawn for training (dynamic binarization). They are entered by
hand from the papers.
"""

from dataclasses import dataclass


@dataclass(frozen=True)
class Published:
    """One result on the test images, in nats per image.

    Attributes:
        model: as the paper calls it.
        latent_dim: length of z.
        negative_elbo: None where the paper has none.
        nll: by importance sampling.
        samples: k of it.
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
