"""SVG computation graphs of sampling: without and with the reparameterization trick.

Thin arrows are the forward pass, thick ones gradients: of -log p(x|z) in the reconstruction's
color, of the KL term in the color of KL.
"""

_TILDE = " ∼ N(" + '<tspan class="mu">μ</tspan>, <tspan class="sigma">σ²</tspan>)'
_SUM = (
    ' = <tspan class="mu">μ</tspan> + <tspan class="sigma">σ</tspan>'
    ' ⊙ <tspan class="epsilon">ε</tspan>'
)
_HEAD = "m-7-5l7 5l-7 5"  # head of a thin arrow to the right


def _back(term: str, path: str, tip: str, up: bool = False) -> str:
    """Return a thick arrow along a path, with its tip at "x y" pointing left or up."""
    head = "l8 13h-16z" if up else "l12-8v16z"
    return f'<path class="back {term}" d="{path}"/><path class="tip {term}" d="M{tip}{head}"/>'


_NOISE = """
<circle cx="420" cy="27" r="24"/><text class="epsilon" x="420" y="35">ε</text>
<path class="forward" d="M420 52V82m-5-7l5 7l5-7"/>"""
_STOPPED = '<path class="stopped" d="M350 126l20 20m0-20l-20 20"/>'
_REACHES = _back("reconstruction", "M388 136H350", "340 136") + _back(
    "reconstruction", "M245 126H214", "203 126"
)


def _graph(title: str, z: str, noise: str, between: str) -> str:
    return f"""
<svg class="graph" viewBox="0 0 760 276" role="img" aria-label="{title}">
  <rect x="6" y="92" width="52" height="56" rx="6"/><text x="32" y="127">x</text>
  <path d="M100 72L200 92V148L100 168Z"/><text x="150" y="127">encoder</text>
  <rect x="245" y="60" width="92" height="120" rx="6"/>
  <text class="mu" x="291" y="103">μ</text><text class="sigma" x="291" y="155">log σ²</text>
  <circle cx="420" cy="120" r="35"/><text class="z" x="420" y="128">z</text>
  <text x="420" y="184"><tspan class="z">z</tspan>{z}</text>
  <path d="M505 92L605 72V168L505 148Z"/><text x="555" y="127">decoder</text>
  <rect x="640" y="92" width="116" height="56" rx="6"/>
  <text x="698" y="127">−log p(x|<tspan class="z">z</tspan>)</text>
  <rect x="380" y="216" width="80" height="48" rx="6"/><text x="420" y="247">KL</text>{noise}
  <path class="forward" d="M58 112H97{_HEAD}M200 108H242{_HEAD}M337 112H382{_HEAD}
    M455 112H502{_HEAD}M605 112H637{_HEAD}M306 180V232H377{_HEAD}"/>
  {_back("reconstruction", "M640 136H619", "608 136")}
  {_back("reconstruction", "M505 136H468", "458 136")}
  {_back("kl", "M380 250H278V196", "278 183", up=True)}{_back("kl", "M245 146H214", "203 146")}
  {between}
</svg>"""


SAMPLED = _graph(
    "With sampling, the reconstruction's gradient stops at z; only KL's reaches the encoder",
    _TILDE,
    "",
    _STOPPED,
)
REPARAMETERIZED = _graph(
    "With ε as an input, both gradients, reconstruction's and KL's, reach the encoder",
    _SUM,
    _NOISE,
    _REACHES,
)
