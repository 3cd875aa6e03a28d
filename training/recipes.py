"""What each model is trained as: data, not code.

The command line may override a few fields for experiments; the shipped weights are these recipes.
"""

from dataclasses import dataclass, replace
from typing import Any

from app.vae import VAEConfig


@dataclass(frozen=True)
class Recipe:
    """One training run.

    Attributes:
        model: the network.
        epochs: passes over the training images.
        batch_size: images per step.
        learning_rate: peak of the schedule: linear warm-up, then a cosine down to zero.
        decay: the last part of the run, in (0, 1], in which the learning rate falls.
        warmup_epochs: length of that warm-up.
        weight_decay: AdamW's, decoupled.
        kl_weight: lambda, the weight of the KL term once its own warm-up has ended.
        kl_warmup_epochs: epochs in which lambda rises linearly from zero.
        distortion: share of the images that are distorted (`training.distortion`); falls to none
            while the learning rate falls, so that the run ends on the images as they are.
        corruption: share of the pixels that the encoder sees replaced by noise; the target is clean
            (Vincent et al., "Extracting and Composing Robust Features with Denoising Autoencoders",
            2008).
        contraction: weight of ||df/dx||^2 (Rifai et al., "Contractive Auto-Encoders", 2011).
        ema_decay: per step, of the weights that are evaluated and shipped.
        binarise: draw each batch's pixels anew, x ~ Bernoulli(grey level); else x is grey.
        gradient_clip: largest norm of a step's gradient.
        stop_at_divergence: a term that explodes or is not finite ends the run; else it goes on
            without the steps whose gradient is not finite, and counts them.
        seed: of initial weights, order of images, binarisation, epsilon and dropout.
        initial: the model whose weights the run begins with; empty for random ones.
    """

    model: VAEConfig
    epochs: int
    batch_size: int
    learning_rate: float
    decay: float = 1.0
    warmup_epochs: float = 1.0
    weight_decay: float = 0.01
    kl_weight: float = 1.0
    kl_warmup_epochs: float = 0.0
    distortion: float = 0.0
    corruption: float = 0.0
    contraction: float = 0.0
    ema_decay: float = 0.999
    binarise: bool = True
    gradient_clip: float = 100.0
    stop_at_divergence: bool = True
    seed: int = 0
    initial: str = ""


_CONVOLUTIONAL = VAEConfig(
    latent_dim=32,
    architecture="conv",
    encoder_width=64,
    decoder_width=64,
    encoder_blocks=1,
    decoder_blocks=2,
    dense_width=512,
    dropout=0.1,
)

_CHECKED_TWICE = replace(_CONVOLUTIONAL, ascent=2)

FLAGSHIPS = {
    # Two latent dimensions: the whole space can be seen. The decoder has 0.93 M weights, all in
    # dense layers, so that a web page can evaluate it within a frame.
    "vae-2d": Recipe(
        model=VAEConfig(
            latent_dim=2,
            encoder_width=256,
            decoder_width=512,
            encoder_blocks=1,
            decoder_blocks=2,
            lookup=48,
        ),
        epochs=200,
        batch_size=256,
        learning_rate=3e-3,
        decay=0.5,
    ),
    # Thirty-two: sharp digits. First with an encoder that answers at once, then with one that
    # checks its answer, then with one that checks it twice, on images that vary; that for long, and
    # in larger batches. Of the shipped weights, the third part met distortions that blurred, the
    # fourth ones half as large, and both met strokes as thick as they were.
    "vae-32d-first": Recipe(
        model=_CONVOLUTIONAL,
        epochs=70,
        batch_size=128,
        learning_rate=4e-3,
        decay=0.25,
        kl_warmup_epochs=2.0,
    ),
    "vae-32d-second": Recipe(
        model=replace(_CONVOLUTIONAL, ascent=1),
        epochs=27,
        batch_size=128,
        learning_rate=3e-3,
        decay=0.75,
        initial="vae-32d-first",
    ),
    "vae-32d-third": Recipe(
        model=_CHECKED_TWICE,
        epochs=24,
        batch_size=128,
        learning_rate=2e-3,
        decay=0.75,
        distortion=1.0,
        initial="vae-32d-second",
    ),
    "vae-32d-fourth": Recipe(
        model=_CHECKED_TWICE,
        epochs=140,
        batch_size=128,
        learning_rate=3e-3,
        decay=0.2,
        distortion=1.0,
        initial="vae-32d-third",
    ),
    "vae-32d-fifth": Recipe(
        model=_CHECKED_TWICE,
        epochs=150,
        batch_size=512,
        learning_rate=4e-3,
        decay=0.25,
        distortion=1.0,
        seed=1,
        initial="vae-32d-fourth",
    ),
    "vae-32d": Recipe(
        model=_CHECKED_TWICE,
        epochs=46,
        batch_size=512,
        learning_rate=3e-3,
        decay=0.5,
        weight_decay=0.03,
        distortion=1.0,
        seed=1,
        initial="vae-32d-fifth",
    ),
}

# The study: one small net, one order, one seed, so that only what its name says differs. Frozen: a
# better flagship does not make its comparisons invalid.
STUDY = Recipe(
    model=VAEConfig(
        latent_dim=2,
        encoder_width=320,
        decoder_width=320,
        encoder_blocks=1,
        decoder_blocks=1,
    ),
    epochs=40,
    batch_size=256,
    learning_rate=4e-3,
)
LAMBDAS = (0.1, 0.5, 2.0, 4.0, 8.0)  # beside the 1 of "vae"
HEAD_SEEDS = (0, 1, 2)
NOISE_STD = 0.2  # the Gaussian's, near the error that two dimensions leave


def _study(recipe: Recipe = STUDY, **model: Any) -> Recipe:
    """A recipe of the study with another model."""
    return replace(recipe, model=replace(recipe.model, **model))


AUTOENCODER = _study(variance_head="none")
FAMILY = {
    "ae": AUTOENCODER,
    "dae": replace(AUTOENCODER, corruption=0.3),
    "cae": replace(AUTOENCODER, contraction=1.0),
    "vae": STUDY,
    "ae-32d": _study(AUTOENCODER, latent_dim=32),
    "vae-32d": _study(latent_dim=32),
}
OBJECTIVES = {f"lambda-{weight:g}": replace(STUDY, kl_weight=weight) for weight in LAMBDAS}
LIKELIHOODS_ON_GREY = {
    "bce": replace(STUDY, binarise=False),
    "mse": replace(_study(likelihood="gaussian", noise_std=NOISE_STD), binarise=False),
}
HEADS = {
    f"{head}-{seed}": replace(_study(variance_head=head), seed=seed, stop_at_divergence=False)
    for head in ("log", "relu", "abs")
    for seed in HEAD_SEEDS
    if (head, seed) != ("log", STUDY.seed)  # that is "vae"
}

RECIPES: dict[str, Recipe] = {
    **FLAGSHIPS,
    **{
        f"study/{name}": recipe
        for name, recipe in {**FAMILY, **OBJECTIVES, **LIKELIHOODS_ON_GREY, **HEADS}.items()
    },
}
