"""Recipes: the settings with which each shipped model was trained.

The command line can override some fields for experiments.
"""

from dataclasses import dataclass, fields, replace
from typing import Any

from app.model.vae import VAEConfig
from app.registry import ablations


@dataclass(frozen=True)
class Recipe:
    """Settings of one training run.

    Attributes:
        model: configuration of the network.
        epochs: passes over the training images.
        batch_size: images per step.
        learning_rate: peak of the schedule (`training.schedule.learning_rate`).
        cooldown_fraction: fraction of the run, in (0, 1], in which the learning rate falls to zero
            (Hägele et al., "Scaling Laws and Compute-Optimal Training Beyond Fixed Training
            Durations", 2024).
        warmup_epochs: epochs in which the learning rate rises linearly from zero.
        cooldown: shape of the fall to zero, "cosine" or "linear".
        beta2: AdamW's decay of the mean squared gradient; smaller for short runs.
        weight_decay: decoupled weight decay of AdamW.
        kl_weight: lambda, the weight of the KL term after its warm-up.
        kl_warmup_epochs: epochs in which lambda rises linearly from zero, against posterior
            collapse (Bowman et al., "Generating Sentences from a Continuous Space", 2016; Sønderby
            et al., "Ladder Variational Autoencoders", 2016).
        augment_prob: probability that an image is augmented (`training.augmentation`); it falls to
            zero in the cooldown, so that the run ends on the original images.
        corruption: fraction of the encoder's input pixels that are replaced by noise; the target is
            clean (Vincent et al., "Extracting and Composing Robust Features with Denoising
            Autoencoders", 2008).
        contractive_weight: weight of the squared Frobenius norm of the encoder's Jacobian (Rifai et
            al., "Contractive Auto-Encoders", 2011).
        ema_decay: decay per step of the moving average of the weights, which is shipped.
        binarize: whether to draw x ~ Bernoulli(gray level) in each batch; otherwise x is gray.
        gradient_clip: maximum norm of a step's gradient.
        gradient_skip: norm above which a step is skipped and counted; None to skip none (Child,
            "Very Deep VAEs Generalize Autoregressive Models", 2021).
        stop_at_divergence: whether to end the run at an exploding or non-finite term; otherwise it
            continues, and steps with a non-finite gradient are skipped and counted.
        seed: seed of initial weights, order of images, binarization, epsilon and dropout.
        output_bias: whether the decoder's output bias is initialized to the log-odds of the mean
            training image (`training.initialization`).
        held_out: number of training images, the last ones, that are kept for validation.
    """

    model: VAEConfig
    epochs: int
    batch_size: int
    learning_rate: float
    cooldown_fraction: float = 1.0
    warmup_epochs: float = 1.0
    cooldown: str = "cosine"
    beta2: float = 0.999
    weight_decay: float = 0.01
    kl_weight: float = 1.0
    kl_warmup_epochs: float = 0.0
    augment_prob: float = 0.0
    corruption: float = 0.0
    contractive_weight: float = 0.0
    ema_decay: float = 0.999
    binarize: bool = True
    gradient_clip: float = 100.0
    gradient_skip: float | None = None
    stop_at_divergence: bool = True
    seed: int = 0
    output_bias: bool = False
    held_out: int = 0


def complete(settings: dict[str, Any]) -> dict[str, Any]:
    """Return a stored run's settings, with defaults for the settings that did not exist then."""
    return {field.name: field.default for field in fields(Recipe)} | settings


FLAGSHIPS = {
    # Two latent dimensions: the page displays the whole latent space. The decoder's 0.96 M weights
    # are in dense layers, so that the page evaluates it within a frame. On 5,000 held-out images
    # four blocks of width 400 had a 2.2 nats lower -ELBO after 10 epochs than two of width 512.
    "vae-2d": Recipe(
        model=VAEConfig(
            latent_dim=2,
            encoder_width=512,
            decoder_width=400,
            encoder_blocks=2,
            decoder_blocks=4,
        ),
        epochs=300,
        batch_size=256,
        learning_rate=3e-3,
        augment_prob=0.5,
        held_out=1000,
    ),
    # Thirty-two latent dimensions: sharp digits.
    "vae-32d": Recipe(
        model=VAEConfig(
            latent_dim=32,
            architecture="conv",
            encoder_width=64,
            decoder_width=64,
            encoder_blocks=3,
            decoder_blocks=2,
            dense_width=512,
            dropout=0.1,
        ),
        epochs=130,
        batch_size=256,
        learning_rate=3e-3,
        cooldown_fraction=0.4,
        kl_warmup_epochs=2.0,
        augment_prob=1.0,
        gradient_skip=1000.0,
        held_out=1000,
    ),
    # A first model with two latent dimensions in a short time: few epochs, a short warm-up, a
    # moving average over few steps, and an output bias at the mean image.
    "quick": Recipe(
        model=VAEConfig(
            latent_dim=2,
            encoder_width=320,
            decoder_width=320,
            encoder_blocks=1,
            decoder_blocks=2,
        ),
        epochs=8,
        batch_size=256,
        learning_rate=6e-3,
        warmup_epochs=0.2,
        cooldown="linear",
        beta2=0.98,
        ema_decay=0.99,
        output_bias=True,
        held_out=1000,
    ),
}

# Baseline of the ablations: a small network. All ablations have the same seed and order of images
# unless their names have a seed, so that two models differ in one setting. The baseline does not
# derive from a flagship, so that a change of a flagship does not invalidate the comparisons.
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
# "vae" has 1. Averaging the reconstruction term over the 28 * 28 pixels is equivalent to 784.
LAMBDAS = (0.1, 0.5, 2.0, 4.0, 8.0, 784.0)
HEAD_SEEDS = (0, 1, 2)
NOISE_STD = 0.2  # of the Gaussian likelihood; near the RMSE of a two-dimensional model


def _study(recipe: Recipe = STUDY, **model: Any) -> Recipe:
    """Return an ablation: `recipe` with other settings of the model."""
    return replace(recipe, model=replace(recipe.model, **model))


AUTOENCODER = _study(variance_head="none")
FAMILY = {
    "ae": AUTOENCODER,
    "dae": replace(AUTOENCODER, corruption=0.3),
    "cae": replace(AUTOENCODER, contractive_weight=1.0),
    "vae": STUDY,
    "ae-32d": _study(AUTOENCODER, latent_dim=32),
    "vae-32d": _study(latent_dim=32),
}
DIMENSIONS = {name: _study(latent_dim=dim) for dim, name in ablations.DIMENSIONS.items()}
OBJECTIVES = {f"lambda-{weight:g}": replace(STUDY, kl_weight=weight) for weight in LAMBDAS}
LIKELIHOODS_ON_GRAY = {
    "bce": replace(STUDY, binarize=False),
    "mse": replace(_study(likelihood="gaussian", noise_std=NOISE_STD), binarize=False),
}
HEADS = {
    f"{head}-{seed}": replace(_study(variance_head=head), seed=seed, stop_at_divergence=False)
    for head in ablations.HEADS
    for seed in HEAD_SEEDS
    if (head, seed) != ("log", STUDY.seed)  # this one is "vae"
}

RECIPES: dict[str, Recipe] = {
    **FLAGSHIPS,
    **{
        f"study/{name}": recipe
        for family in (FAMILY, DIMENSIONS, OBJECTIVES, LIKELIHOODS_ON_GRAY, HEADS)
        for name, recipe in family.items()
    },
}
