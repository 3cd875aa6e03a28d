"""Content of the stages: text, a formula, and the lines of code that implement the stage.

The code is read from the running source, so that the page always shows the lines that computed its
numbers. Formulas are MathML with the classes mu, sigma, epsilon and z, which the page colors; it
highlights all symbols of a class together.
"""

import inspect
import re
from collections.abc import Callable
from dataclasses import dataclass
from html import escape
from pathlib import Path
from types import ModuleType

from app.model import inference, trace, vae

ROOT = Path(__file__).parents[3]

# The class of each identifier in code and of each symbol in text, longer symbols first.
IDENTIFIERS = {"mu": "mu", "logvar": "sigma", "std": "sigma", "eps": "epsilon", "z": "z"}
SYMBOLS = {"log σ²": "sigma", "σ²": "sigma", "σ": "sigma", "μ": "mu", "ε": "epsilon", "z": "z"}

MU = "<mi class='mu'>μ</mi>"
SIGMA = "<mi class='sigma'>σ</mi>"
SIGMA_SQUARED = "<msup class='sigma'><mi>σ</mi><mn>2</mn></msup>"
_LOG = "<mi>log</mi><mspace width='0.15em'/>"
LOGVAR = f"<mrow class='sigma'>{_LOG}<msup><mi>σ</mi><mn>2</mn></msup></mrow>"
EPSILON = "<mi class='epsilon'>ε</mi>"
Z = "<mi class='z'>z</mi>"
X = "<mi>x</mi>"
X_HAT = "<mover accent='false'><mi>x</mi><mo>^</mo></mover>"
X_HAT_I = "<msub><mover accent='false'><mi>x</mi><mo>^</mo></mover><mi>i</mi></msub>"
X_I = "<msub><mi>x</mi><mi>i</mi></msub>"
HALF = "<mfrac displaystyle='false'><mn>1</mn><mn>2</mn></mfrac>"
LOGITS = "<msub><mi>x</mi><mtext>logits</mtext></msub>"
LOG_P = f"{_LOG}<mi>p</mi><mo>(</mo>{X}<mo>|</mo>{Z}<mo>)</mo>"
POSTERIOR = f"<mi>q</mi><mo>(</mo>{Z}<mo>|</mo>{X}<mo>)</mo>"
RECONSTRUCTION = f"<mrow class='reconstruction'><mo>−</mo>{LOG_P}</mrow>"
SUM_OVER_PIXELS = "<munder><mo>∑</mo><mi>i</mi></munder>"


@dataclass(frozen=True)
class Block:
    """A block of text, formula or code, and the models that it applies to.

    Attributes:
        content: plain text, MathML, or for code one line of source.
        when: a likelihood or variance head, "distribution" (the encoder has a sigma) or "point"
            (it is deterministic); empty for all models.
        file: the source file of a line of code.
    """

    content: str
    when: str = ""
    file: str = ""


@dataclass(frozen=True)
class Stage:
    """One stage of the forward or backward pass.

    Attributes:
        key: the name in the markup and the scripts.
        label: MathML on the button.
        title: the title of the panel.
        formula, text, code: the blocks of the panel.
        deterministic_title: the title for a deterministic encoder, if it differs.
    """

    key: str
    label: str
    title: str
    formula: tuple[Block, ...]
    text: tuple[Block, ...]
    code: tuple[Block, ...]
    deterministic_title: str = ""


def code(owner: Callable[..., object] | ModuleType, start: str, when: str = "") -> Block:
    """Return the only line of an object's source that begins with `start`.

    Raises:
        ValueError: the number of such lines is not one, for example after a change of the source.
    """
    lines = [line.strip() for line in inspect.getsource(owner).splitlines()]
    found = [line for line in lines if line.startswith(start)]
    if len(found) != 1:
        raise ValueError(f"{owner.__name__}: expected 1 line with {start!r}, got {len(found)}")
    file = Path(inspect.getfile(owner)).resolve().relative_to(ROOT)
    return Block(found[0], when, file.as_posix())


def marked(text: str, classes: dict[str, str]) -> str:
    """Return text as HTML with each symbol in a span of its class and unbreakable equations."""

    def symbol(found: re.Match[str]) -> str:
        return f'<span class="{classes[found.group()]}">{found.group()}</span>'

    names = "|".join(classes)
    html = re.sub(rf"(?<!\w)(?:{names})(?!\w)", symbol, escape(text, quote=False))
    return html.replace("</span> = ", "</span>&nbsp;=&nbsp;")


def row(*parts: str) -> str:
    return f"<mrow>{''.join(parts)}</mrow>"


def stages() -> list[Stage]:
    """Return the stages from x to -ELBO, and the two stages of the backward pass."""
    return [*_encoding(), *_sampling(), *_decoding(), *_terms(), *_gradient()]


def _encoding() -> list[Stage]:
    q = f"{POSTERIOR}<mo>=</mo><mi>N</mi><mo>(</mo>{MU}<mo>,</mo>{SIGMA_SQUARED}<mo>)</mo>"
    return [
        Stage(
            "x",
            X,
            "Your image",
            (
                Block(
                    f"{X}<mo>∈</mo><msup><mrow><mo>[</mo><mn>0</mn><mo>,</mo><mn>1</mn><mo>]</mo>"
                    "</mrow><mn>784</mn></msup>"
                ),
            ),
            (
                Block(
                    "The input of the model: 28 × 28 = 784 gray levels from 0 to 1. Point at the "
                    "image to read them."
                ),
            ),
            (code(inference.to_images, "return "),),
        ),
        Stage(
            "encoder",
            "<mtext>encoder</mtext>",
            "The encoder",
            (
                Block(
                    f"<mo>(</mo>{MU}<mo>,</mo>{LOGVAR}<mo>)</mo><mo>=</mo><mi>encoder</mi>"
                    f"<mo>(</mo>{X}<mo>)</mo>",
                    "distribution",
                ),
                Block(
                    f"<mi>h</mi><mo>=</mo>{MU}<mo>=</mo><mi>encoder</mi><mo>(</mo>{X}<mo>)</mo>",
                    "point",
                ),
            ),
            (
                Block(
                    "A neural network turns 784 gray levels into a few numbers. The figure shows "
                    "the outputs of its layers for your image. White is the most positive value of "
                    "a layer, black the most negative, and gray is 0.",
                ),
            ),
            (code(vae.VAE._encode, "mu, raw ="),),
        ),
        Stage(
            "mu",
            f"{MU}<mo>,</mo>{LOGVAR}",
            "A distribution, not a point",
            (Block(q, "distribution"), Block(f"{Z}<mo>=</mo>{MU}", "point")),
            (
                Block(
                    "A plain autoencoder has one code h = f(x). This encoder outputs a "
                    "distribution of codes: its mean μ, and its width as log σ². Each latent "
                    "dimension has a normal distribution, independent of the others.",
                    "distribution",
                ),
                Block(
                    "This model is a plain autoencoder: it outputs one code, h = f(x) = μ, without "
                    "a width: log σ² = −∞.",
                    "point",
                ),
            ),
            (code(vae.VAE._encode, "return mu"),),
            deterministic_title="A point, not a distribution",
        ),
        Stage(
            "std",
            SIGMA,
            "How σ stays positive",
            (Block(f"{SIGMA}<mo>=</mo><mi>exp</mi><mo>(</mo>{HALF}{LOGVAR}<mo>)</mo>"),),
            (
                Block(
                    "A variance must be positive, and a network's output can be any number. So the "
                    "network outputs log σ², and the exponential of any number is positive and "
                    "smooth. |·| has a kink at 0; ReLU has no gradient below 0.",
                    "log",
                ),
                Block(
                    "A variance must be positive, and a network's output can be any number. This "
                    "model takes the absolute value of its output as σ²,"
                    " which has a kink at 0; exp(log σ²) is smooth.",
                    "abs",
                ),
                Block(
                    "A variance must be positive, and a network's output can be any number. This "
                    "model takes ReLU of its output as σ², which is 0, "
                    "without a gradient, for every negative output; exp(log σ²) always has one.",
                    "relu",
                ),
                Block(
                    "This encoder outputs a point: σ = exp(−∞) = 0 in every dimension, so nothing "
                    "is random.",
                    "point",
                ),
            ),
            (code(vae.reparameterize, "std ="),),
        ),
    ]


def _sampling() -> list[Stage]:
    normal = "<mi>N</mi><mo>(</mo><mn>0</mn><mo>,</mo><mi>I</mi><mo>)</mo>"
    return [
        Stage(
            "eps",
            EPSILON,
            "Noise as an input",
            (Block(f"{EPSILON}<mo>∼</mo>{normal}"),),
            (
                Block(
                    "One standard normal number for each latent dimension. It depends neither on "
                    "your image nor on the network, and it is the only random input. Draw another "
                    "ε: z, x̂ and the reconstruction term change; μ, σ and KL do not."
                ),
                Block("With σ = 0 nothing changes.", "point"),
            ),
            (code(vae.reparameterize, "eps ="),),
        ),
        Stage(
            "z",
            Z,
            "The code z",
            (Block(f"{Z}<mo>=</mo>{MU}<mo>+</mo>{SIGMA}<mo>⊙</mo>{EPSILON}"),),
            (
                Block(
                    "Scale the noise by σ and add μ: the result is a sample from q(z|x). Given ε, "
                    "z is a differentiable function of μ and σ. This is the reparameterization "
                    "trick.",
                    "distribution",
                ),
                Block(
                    "With σ = 0 every sample is μ.",
                    "point",
                ),
            ),
            (code(vae.reparameterize, "return mu"),),
        ),
    ]


def _decoding() -> list[Stage]:
    sigmoid = (
        f"<mfrac><mn>1</mn><mrow><mn>1</mn><mo>+</mo><msup><mi>e</mi><mrow><mo>−</mo>{LOGITS}"
        "</mrow></msup></mrow></mfrac>"
    )
    return [
        Stage(
            "decoder",
            "<mtext>decoder</mtext>",
            "The decoder",
            (Block(f"{LOGITS}<mo>=</mo><mi>decoder</mi><mo>(</mo>{Z}<mo>)</mo>"),),
            (
                Block(
                    "The decoder sees only z. It outputs 784 logits, one per pixel, any real "
                    "number. Gray is 0, as before."
                ),
            ),
            (code(vae.VAE.decode, "x_logits"),),
        ),
        Stage(
            "x_hat",
            X_HAT,
            "The reconstruction",
            (
                Block(
                    f"{X_HAT}<mo>=</mo><mi>sigmoid</mi><mo>(</mo>{LOGITS}<mo>)</mo><mo>=</mo>"
                    f"{sigmoid}"
                ),
            ),
            (
                Block(
                    "The sigmoid brings every logit between 0 and 1. x̂ᵢ is the probability that "
                    "pixel i is white: the mean of p(x|z).",
                    "bernoulli",
                ),
                Block(
                    "The sigmoid brings every logit between 0 and 1. x̂ᵢ is the mean of pixel i "
                    "under p(x|z), around which p(x|z) is a normal distribution of fixed width.",
                    "gaussian",
                ),
            ),
            (code(inference.decode, "return "),),
        ),
    ]


def _terms() -> list[Stage]:
    one_minus = "<mo>(</mo><mn>1</mn><mo>−</mo>{}<mo>)</mo>"
    bernoulli = row(
        "<mo>=</mo><mo>−</mo>",
        SUM_OVER_PIXELS,
        f"<mo>[</mo>{X_I}<mi>log</mi>{X_HAT_I}<mo>+</mo>",
        one_minus.format(X_I),
        "<mi>log</mi>",
        one_minus.format(X_HAT_I),
        "<mo>]</mo>",
    )
    squared_noise = "<msup><mi>s</mi><mn>2</mn></msup>"
    gaussian = row(
        "<mo>=</mo>",
        SUM_OVER_PIXELS,
        f"<mo>[</mo><mfrac><msup><mrow><mo>(</mo>{X_I}<mo>−</mo>{X_HAT_I}<mo>)</mo></mrow>"
        f"<mn>2</mn></msup><mrow><mn>2</mn>{squared_noise}</mrow></mfrac><mo>+</mo>{HALF}"
        f"<mi>log</mi><mn>2</mn><mi>π</mi>{squared_noise}<mo>]</mo>",
    )
    prior = "<mi>N</mi><mo>(</mo><mn>0</mn><mo>,</mo><mi>I</mi><mo>)</mo>"
    divergence = (
        f"<mrow class='kl'><mi>KL</mi><mo>(</mo>{POSTERIOR}<mo>∥</mo>{prior}<mo>)</mo></mrow>"
    )
    kl = row(
        "<mo>=</mo>",
        "<munder><mo>∑</mo><mi>j</mi></munder>",
        HALF,
        "<mo>(</mo><msubsup class='mu'><mi>μ</mi><mi>j</mi><mn>2</mn></msubsup><mo>+</mo>",
        "<msubsup class='sigma'><mi>σ</mi><mi>j</mi><mn>2</mn></msubsup><mo>−</mo><mn>1</mn>",
        "<mo>−</mo><mrow class='sigma'>",
        _LOG,
        "<msubsup><mi>σ</mi><mi>j</mi><mn>2</mn></msubsup></mrow><mo>)</mo>",
    )
    return [
        Stage(
            "reconstruction",
            "<mtext>reconstruction</mtext>",
            "The reconstruction term",
            (
                Block(RECONSTRUCTION),
                Block(bernoulli, "bernoulli"),
                Block(gaussian, "gaussian"),
            ),
            (
                Block(
                    "The cost in nats of each pixel under x̂, and their sum (1 nat = 1.44 bits). "
                    "This is the lecture's BCE, summed over the pixels.",
                    "bernoulli",
                ),
                Block(
                    "The cost in nats of each pixel under x̂, and their sum (1 nat = 1.44 bits). "
                    "This is the lecture's MSE up to a factor and a constant. A density can be "
                    "above 1, so the cost of a pixel can be negative.",
                    "gaussian",
                ),
            ),
            (
                code(vae.log_likelihood_per_pixel, "per_pixel = -F", "bernoulli"),
                code(vae.log_likelihood_per_pixel, "error =", "gaussian"),
                code(vae.log_likelihood_per_pixel, "per_pixel = -0.5", "gaussian"),
                code(vae.log_likelihood, "return "),
            ),
        ),
        Stage(
            "kl",
            "<mi>KL</mi>",
            "The KL term (regularization)",
            (
                Block(divergence),
                Block(kl, "distribution"),
                Block("<mo>=</mo><mi>∞</mi>", "point"),
            ),
            (
                Block(
                    "The regularization term: how far q(z|x) is from the prior N(0, I). It is 0 "
                    "for a dimension with μ = 0 and σ = 1, which carries nothing about x. It "
                    "keeps the codes of all images where N(0, I) has its mass, so that "
                    "z ~ N(0, I) falls where the decoder was trained. It does not use ε: "
                    "this number is exact.",
                    "distribution",
                ),
                Block(
                    "The KL of a point from a density is infinite, so a plain autoencoder has no "
                    "KL term: nothing keeps its codes where N(0, I) has its mass.",
                    "point",
                ),
            ),
            (
                code(vae.kl_per_dimension, "return "),
                code(vae.kl_divergence, "return "),
            ),
        ),
        Stage(
            "elbo",
            "<mrow><mo>−</mo><mi>ELBO</mi></mrow>",
            "The training loss",
            (
                Block("<mo>−</mo><mi>ELBO</mi>", "distribution"),
                Block(f"<mo>≈</mo>{RECONSTRUCTION}<mo>+</mo>{divergence}", "distribution"),
                Block(f"<mi>loss</mi><mo>=</mo>{RECONSTRUCTION}", "point"),
            ),
            (
                Block(
                    "The sum of the two terms, with the lecture's λ = 1. One ε gives an unbiased "
                    "estimate of −ELBO, whose first term is the mean over all ε.",
                    "distribution",
                ),
                Block(
                    "Without a distribution the ELBO is not defined. A plain autoencoder minimizes "
                    "the reconstruction term only.",
                    "point",
                ),
            ),
            (code(inference.reconstruct, "elbo =", "distribution"),),
        ),
    ]


def _gradient() -> list[Stage]:
    def derivative(of: str, to: str) -> str:
        return f"<mfrac><mrow><mo>∂</mo>{of}</mrow><mrow><mo>∂</mo>{to}</mrow></mfrac>"

    return [
        Stage(
            "blocked",
            f"{Z}<mo>∼</mo><mi>N</mi><mo>(</mo>{MU}<mo>,</mo>{SIGMA_SQUARED}<mo>)</mo>",
            "Sampling blocks the gradient",
            (
                Block(
                    f"{Z}<mo>∼</mo><mi>N</mi><mo>(</mo>{MU}<mo>,</mo>{SIGMA_SQUARED}<mo>)</mo>",
                    "distribution",
                ),
                Block(f"{Z}<mo>=</mo>{MU}", "point"),
            ),
            (
                Block(
                    "With .sample() the gradient of the loss stops at z: a sample has no gradient. "
                    "The decoder still learns, but no reconstruction gradient reaches the encoder. "
                    "Only the gradient of the KL term does, which does not use z, and it alone "
                    "would move every q(z|x) to N(0, I). The second line, .rsample(), is the next "
                    "stage.",
                    "distribution",
                ),
                Block(
                    "This model does not sample: z = μ, so nothing blocks the gradient. Choose a "
                    "variational model to see the effect of sampling.",
                    "point",
                ),
            ),
            (
                code(trace.sample_twice, "sampled = ", "distribution"),
                code(trace.sample_twice, "reparameterized = ", "distribution"),
            ),
            deterministic_title="Without sampling nothing is blocked",
        ),
        Stage(
            "free",
            f"{Z}<mo>=</mo>{MU}<mo>+</mo>{SIGMA}<mo>⊙</mo>{EPSILON}",
            "The reparameterization trick",
            (
                Block(
                    derivative(Z, MU)
                    + "<mo>=</mo><mn>1</mn><mo>,</mo><mspace width='1em'/>"
                    + derivative(Z, LOGVAR)
                    + f"<mo>=</mo>{HALF}{SIGMA}{EPSILON}",
                    "distribution",
                ),
                Block(derivative(Z, MU) + "<mo>=</mo><mn>1</mn>", "point"),
            ),
            (
                Block(
                    "The same z, but computed from μ and σ with the noise ε as an input: this is "
                    "what .rsample() does. Now z has derivatives, so the gradient of the loss "
                    "reaches the encoder. Each ε gives another gradient; their mean is the "
                    "gradient of the expectation.",
                    "distribution",
                ),
                Block(
                    "z = μ without noise, so the whole gradient of the loss reaches the encoder.",
                    "point",
                ),
            ),
            (code(vae.reparameterize, "return mu"),),
            deterministic_title="The gradient reaches the encoder",
        ),
    ]
