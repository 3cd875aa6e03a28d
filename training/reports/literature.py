"""What others have published of MNIST, for the README to set beside our own figures.

Only models of the same class: one layer of latent variables, the prior N(0, I), a Gaussian q(z|x)
with diagonal covariance, pixels drawn anew for training (dynamic binarisation). Entered by hand, as
no file of ours holds them.
"""

from dataclasses import dataclass


@dataclass(frozen=True)
class Published:
    """One result on the test images, in nats per image.

    Attributes:
        model: as the paper calls it.
        latent_dim: length of z.
        negative_elbo: None where the paper has none.
        nll: by importance sampling; None where it could not be verified.
        samples: k of it.
        source: the paper.
        augmented: whether the training images were augmented.
    """

    model: str
    latent_dim: int
    negative_elbo: float | None
    nll: float | None
    samples: int | None
    source: str
    augmented: bool = False


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
        "VAE, the baseline without flow",
        64,
        86.55,
        None,
        None,
        "van den Berg et al., Sylvester Normalizing Flows for Variational Inference, 2018",
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
