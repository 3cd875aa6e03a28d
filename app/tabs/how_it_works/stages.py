"""What the slow-motion pass says at each stage: words, a formula, and the code that does it.

The code is read from the running source, so that the page cannot show another line than the one
that made its numbers. Formulas are MathML with the classes mu, sigma, epsilon and z: the page
colors them, and highlights all symbols of a class together.
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

# The class of each identifier in code, and of each symbol in words; the longer ones come first.
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
class Passage:
    """A piece of text, formula or code, and for which models it is meant.

    Attributes:
        content: plain words, MathML, or for code a line of source.
        when: a likelihood or variance head, "distribution" (the encoder has a sigma) or "point" (it
            has none), "look" (it looks over the plane) or "layers" (it does not), "check" (it
            checks its answer); empty for all.
        place: for code, the file it stands in.
    """

    content: str
    when: str = ""
    place: str = ""


@dataclass(frozen=True)
class Stage:
    """One step of the pass.

    Attributes:
        key: its name in the markup and the scripts.
        label: MathML on its button.
        title: what it is.
        title_of_point: what it is for a model without a sigma, where that differs.
        formula, words, code: its passages.
    """

    key: str
    label: str
    title: str
    formula: tuple[Passage, ...]
    words: tuple[Passage, ...]
    code: tuple[Passage, ...]
    title_of_point: str = ""


def code(owner: Callable[..., object] | ModuleType, start: str, when: str = "") -> Passage:
    """The one line of an object's source that begins with `start`, and its file.

    Raises:
        ValueError: when there is not exactly one, as after a change of the source.
    """
    lines = [line.strip() for line in inspect.getsource(owner).splitlines()]
    found = [line for line in lines if line.startswith(start)]
    if len(found) != 1:
        raise ValueError(f"{owner.__name__}: {len(found)} lines start with {start!r}, not one")
    file = Path(inspect.getfile(owner)).resolve().relative_to(ROOT)
    return Passage(found[0], when, file.as_posix())


def marked(text: str, classes: dict[str, str]) -> str:
    """Text as HTML, each of its symbols in its class; an equation in words stays on its line."""

    def symbol(found: re.Match[str]) -> str:
        return f'<span class="{classes[found.group()]}">{found.group()}</span>'

    names = "|".join(classes)
    html = re.sub(rf"(?<!\w)(?:{names})(?!\w)", symbol, escape(text, quote=False))
    return html.replace("</span> = ", "</span>&nbsp;=&nbsp;")


def row(*parts: str) -> str:
    return f"<mrow>{''.join(parts)}</mrow>"


def stages() -> list[Stage]:
    """The pass from x to -ELBO, and the two stages of the gradient that comes back."""
    return [*_encoding(), *_drawing(), *_decoding(), *_terms(), *_gradient()]


def _encoding() -> list[Stage]:
    q = f"{POSTERIOR}<mo>=</mo><mi>N</mi><mo>(</mo>{MU}<mo>,</mo>{SIGMA_SQUARED}<mo>)</mo>"
    return [
        Stage(
            "x",
            X,
            "Your image",
            (
                Passage(
                    f"{X}<mo>∈</mo><msup><mrow><mo>[</mo><mn>0</mn><mo>,</mo><mn>1</mn><mo>]</mo>"
                    "</mrow><mn>784</mn></msup>"
                ),
            ),
            (
                Passage(
                    "As the model gets it: 28 × 28 = 784 gray levels from 0 to 1. Point at the "
                    "picture to read them."
                ),
            ),
            (code(inference.to_images, "return "),),
        ),
        Stage(
            "encoder",
            "<mtext>encoder</mtext>",
            "The encoder",
            (
                Passage(
                    f"<mo>(</mo>{MU}<mo>,</mo>{LOGVAR}<mo>)</mo><mo>=</mo><mi>encoder</mi>"
                    f"<mo>(</mo>{X}<mo>)</mo>",
                    "distribution",
                ),
                Passage(
                    f"<mi>h</mi><mo>=</mo>{MU}<mo>=</mo><mi>encoder</mi><mo>(</mo>{X}<mo>)</mo>",
                    "point",
                ),
            ),
            (
                Passage(
                    "A neural network turns 784 gray levels into a few numbers. Here is what its "
                    "layers put out for your image: white is the most positive value of a layer, "
                    "black the most negative, gray is 0.",
                ),
            ),
            (code(vae.VAE._encode, "mu, raw ="),),
        ),
        Stage(
            "mu",
            f"{MU}<mo>,</mo>{LOGVAR}",
            "A distribution, not a point",
            (Passage(q, "distribution"), Passage(f"{Z}<mo>=</mo>{MU}", "point")),
            (
                Passage(
                    "A plain autoencoder would stop at one code h = f(x). This encoder describes a "
                    "whole cloud of codes: its center μ, and how wide it "
                    "is, as log σ². For each latent dimension it is a "
                    "normal distribution, independent of the others.",
                    "distribution",
                ),
                Passage(
                    "This model is a plain autoencoder: it gives one code, h = f(x) = "
                    "μ, and no spread: "
                    "log σ² = −∞.",
                    "point",
                ),
            ),
            (code(vae.VAE._encode, "return mu"),),
            title_of_point="A point, not a distribution",
        ),
        Stage(
            "std",
            SIGMA,
            "How σ stays positive",
            (Passage(f"{SIGMA}<mo>=</mo><mi>exp</mi><mo>(</mo>{HALF}{LOGVAR}<mo>)</mo>"),),
            (
                Passage(
                    "A variance must be positive, and a network's output can be any number. So the "
                    "network predicts log σ²; the exponential makes it "
                    "positive, smoothly, whatever comes. |·| and ReLU would do it with a kink or "
                    "a dead zone.",
                    "log",
                ),
                Passage(
                    "A variance must be positive, and a network's output can be any number. This "
                    "model takes the absolute value of its output as σ²,"
                    " which has a kink at 0; predicting log σ² has none.",
                    "abs",
                ),
                Passage(
                    "A variance must be positive, and a network's output can be any number. This "
                    "model takes ReLU of its output as σ², which is 0, "
                    "with no gradient, for every negative output; log σ² has no such zone.",
                    "relu",
                ),
                Passage(
                    "This encoder gives a point: σ = exp(−∞) = 0 in "
                    "every dimension. Nothing random is left.",
                    "point",
                ),
            ),
            (code(vae.reparameterize, "std ="),),
        ),
    ]


def _drawing() -> list[Stage]:
    normal = "<mi>N</mi><mo>(</mo><mn>0</mn><mo>,</mo><mi>I</mi><mo>)</mo>"
    return [
        Stage(
            "eps",
            EPSILON,
            "Noise from outside",
            (Passage(f"{EPSILON}<mo>∼</mo>{normal}"),),
            (
                Passage(
                    "One standard normal number for each latent dimension. It knows nothing of "
                    "your image or of the network, and all the randomness of the pass is here. "
                    "Draw another one, and every number from here on follows."
                ),
                Passage("With σ = 0 it makes no difference, though.", "point"),
            ),
            (code(vae.reparameterize, "eps ="),),
        ),
        Stage(
            "z",
            Z,
            "The code z",
            (Passage(f"{Z}<mo>=</mo>{MU}<mo>+</mo>{SIGMA}<mo>⊙</mo>{EPSILON}"),),
            (
                Passage(
                    "Scale the noise by σ and move it to μ: the result is a draw from q(z|x), and "
                    "given ε it is plain arithmetic. That is the "
                    "reparameterisation.",
                    "distribution",
                ),
                Passage(
                    "With σ = 0 every draw is μ itself.",
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
            (Passage(f"{LOGITS}<mo>=</mo><mi>decoder</mi><mo>(</mo>{Z}<mo>)</mo>"),),
            (
                Passage(
                    "All it gets is z. From these few numbers it makes 784, "
                    "a logit for each pixel, which may be any number. Same greys as before: 0 is "
                    "grey."
                ),
            ),
            (code(vae.VAE.decode, "x_logits"),),
        ),
        Stage(
            "x_hat",
            X_HAT,
            "The reconstruction",
            (
                Passage(
                    f"{X_HAT}<mo>=</mo><mi>sigmoid</mi><mo>(</mo>{LOGITS}<mo>)</mo><mo>=</mo>"
                    f"{sigmoid}"
                ),
            ),
            (
                Passage(
                    "The sigmoid brings every logit between 0 and 1. x̂ᵢ is the probability that "
                    "pixel i is white: the mean of p(x|z).",
                    "bernoulli",
                ),
                Passage(
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
                Passage(RECONSTRUCTION),
                Passage(bernoulli, "bernoulli"),
                Passage(gaussian, "gaussian"),
            ),
            (
                Passage(
                    "How badly x̂ foresees each pixel of x, in nats, and their sum. This is the "
                    "lecture's BCE, summed over the pixels.",
                    "bernoulli",
                ),
                Passage(
                    "How badly x̂ foresees each pixel of x, in nats, and their sum. This is the "
                    "lecture's MSE up to a factor and a constant; a density can be above 1, so a "
                    "pixel may cost less than 0.",
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
            "The KL term",
            (
                Passage(divergence),
                Passage(kl, "distribution"),
                Passage("<mo>=</mo><mi>∞</mi>", "point"),
            ),
            (
                Passage(
                    "How far q(z|x) lies from the prior N(0, I): nothing for a dimension with μ = 0"
                    " and σ = 1, which says nothing about x. It keeps the codes of all images "
                    "together, so that a z drawn from N(0, I) decodes to something. It needs no "
                    "ε: this number is exact.",
                    "distribution",
                ),
                Passage(
                    "A point has no finite divergence from a density, so a plain autoencoder has "
                    "no KL term: nothing keeps its codes together.",
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
            "What training makes small",
            (
                Passage("<mo>−</mo><mi>ELBO</mi>", "distribution"),
                Passage(f"<mo>≈</mo>{RECONSTRUCTION}<mo>+</mo>{divergence}", "distribution"),
                Passage(f"<mi>loss</mi><mo>=</mo>{RECONSTRUCTION}", "point"),
            ),
            (
                Passage(
                    "The sum of the two terms, with the lecture's λ = 1. One ε gives an unbiased "
                    "estimate of −ELBO, whose first term is the mean over all ε.",
                    "distribution",
                ),
                Passage(
                    "Without a distribution there is no ELBO. A plain autoencoder is trained to "
                    "make the reconstruction term small, and nothing else.",
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
                Passage(
                    f"{Z}<mo>∼</mo><mi>N</mi><mo>(</mo>{MU}<mo>,</mo>{SIGMA_SQUARED}<mo>)</mo>",
                    "distribution",
                ),
                Passage(f"{Z}<mo>=</mo>{MU}", "point"),
            ),
            (
                Passage(
                    "Draw z with .sample(), and the gradient of the loss stops at z: a sample has "
                    "no gradient. The decoder still learns, but no reconstruction gradient reaches "
                    "the encoder. Only the KL term, which needs no z, does, and that alone would "
                    "pull every q(z|x) to N(0, I). The second line, .rsample(), is the next step.",
                    "distribution",
                ),
                Passage(
                    "This model draws nothing: z is μ, so nothing blocks its gradient. Choose a "
                    "variational model to see what sampling does.",
                    "point",
                ),
            ),
            (
                code(trace.sample_twice, "sampled = ", "distribution"),
                code(trace.sample_twice, "reparameterized = ", "distribution"),
            ),
            title_of_point="Nothing drawn, nothing blocked",
        ),
        Stage(
            "free",
            f"{Z}<mo>=</mo>{MU}<mo>+</mo>{SIGMA}<mo>⊙</mo>{EPSILON}",
            "ε outside lets it through",
            (
                Passage(
                    derivative(Z, MU)
                    + "<mo>=</mo><mn>1</mn><mo>,</mo><mspace width='1em'/>"
                    + derivative(Z, LOGVAR)
                    + f"<mo>=</mo>{HALF}{SIGMA}{EPSILON}",
                    "distribution",
                ),
                Passage(derivative(Z, MU) + "<mo>=</mo><mn>1</mn>", "point"),
            ),
            (
                Passage(
                    "The same z, number for number, but computed from μ and σ with the noise as "
                    "one more input: this is what .rsample() does. It has derivatives, so the "
                    "loss reaches the encoder. Each ε gives another gradient; their mean is the "
                    "gradient of the expectation.",
                    "distribution",
                ),
                Passage(
                    "z is computed from μ without any noise, and the gradient of the loss comes "
                    "back to the encoder whole.",
                    "point",
                ),
            ),
            (code(vae.reparameterize, "return mu"),),
            title_of_point="The gradient comes back",
        ),
    ]
