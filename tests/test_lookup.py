"""An encoder that looks over the plane: what it sees, and where it answers."""

import copy
import math

import pytest
import torch
from torch import Tensor, nn

from app.lookup import AROUND, EDGE, FEATURES, WORST, Look, Refine, cells
from app.plane import standard_normal
from app.vae import VAE, VAEConfig

CELLS = 12


@pytest.fixture
def vae() -> VAE:
    torch.manual_seed(0)
    config = VAEConfig(2, encoder_width=16, decoder_width=32, lookup=CELLS)
    return VAE(config).eval()


def look_of(vae: VAE) -> Look:
    look = vae.encoder.get_submodule("0")
    assert isinstance(look, Look)
    return look


@pytest.fixture
def x() -> Tensor:
    return torch.rand(5, 1, 28, 28, generator=torch.Generator().manual_seed(0)).round()


@pytest.mark.parametrize("likelihood", ["bernoulli", "gaussian"])
def test_it_sees_the_joint_log_density_of_every_cell(likelihood: str, x: Tensor) -> None:
    torch.manual_seed(0)
    config = VAEConfig(
        2, encoder_width=16, decoder_width=32, lookup=CELLS, likelihood=likelihood, noise_std=0.3
    )
    vae = VAE(config).eval()
    z = cells(CELLS, x).sinh()
    seen = look_of(vae)(x).flatten(1)
    for column, code in enumerate(z):
        x_logits = vae.decode(code[None]).expand(len(x), -1, -1, -1)
        joint = vae.log_likelihood(x_logits, x) + standard_normal(code[None])
        torch.testing.assert_close(seen[:, column], joint, rtol=1e-4, atol=0)


def test_the_cells_lie_as_on_the_map() -> None:
    picture = cells(3, torch.zeros(1)).sinh().view(3, 3, 2)
    assert (picture[0, :, 1] > picture[1, :, 1]).all(), "the second dimension upwards"
    assert (picture[:, 2, 0] > picture[:, 1, 0]).all(), "the first to the right"
    assert picture.abs().max() < EDGE


def test_it_answers_at_the_best_cell_until_it_has_learned_more() -> None:
    layers = nn.Linear(FEATURES, 4)
    nn.init.zeros_(layers.weight)
    nn.init.zeros_(layers.bias)
    joint = torch.full((2, 1, CELLS, CELLS), -100.0)
    joint[0, 0, 3, 7] = joint[1, 0, 0, 11] = -1.0
    mu, logvar = Refine(layers)(joint).chunk(2, dim=1)
    u = cells(CELLS, joint)[[3 * CELLS + 7, 11]]
    torch.testing.assert_close(mu, u.sinh())
    side = 2 * math.asinh(EDGE) / CELLS
    torch.testing.assert_close(torch.exp(0.5 * logvar), side * u.cosh())


def test_the_layers_see_how_the_cells_around_the_best_compare() -> None:
    seen: list[Tensor] = []

    class Keep(nn.Module):
        def forward(self, features: Tensor) -> Tensor:
            seen.append(features)
            return torch.zeros(len(features), 4)

    joint = -torch.rand(2, 1, CELLS, CELLS, generator=torch.Generator().manual_seed(1)) - 1
    joint[0, 0, 5, 6] = joint[1, 0, 0, 1] = 0.0
    Refine(Keep())(joint)
    count = (2 * AROUND + 1) ** 2
    near = seen[0][:, 2 : 2 + count] * 10
    torch.testing.assert_close(near[0], joint[0, 0, 3:8, 4:9].flatten())
    at_the_edge = near[1].view(5, 5)
    torch.testing.assert_close(at_the_edge[2:, 1:], joint[1, 0, :3, :4])
    assert (at_the_edge[:2] == WORST).all() and (at_the_edge[:, 0] == WORST).all()


def test_an_image_is_found_where_the_decoder_draws_it() -> None:
    decoder = VAE.from_pretrained("weights/vae-2d").decoder
    z = torch.tensor([[0.3, -1.2], [1.5, 0.4], [-0.9, -0.2]])
    joint = Look(decoder, 96).eval()(decoder(z).sigmoid().round()).flatten(1)
    found = cells(96, z)[joint.argmax(dim=1)].sinh()
    torch.testing.assert_close(found, z, rtol=0, atol=0.15)


@pytest.mark.parametrize("precision", [torch.float32, torch.bfloat16])
def test_the_decoder_learns_as_if_nobody_had_looked(
    precision: torch.dtype, vae: VAE, x: Tensor
) -> None:
    eps = torch.zeros(len(x), 2)

    def gradients(fresh: bool) -> list[Tensor]:
        vae.zero_grad()
        if fresh:
            vae.train()
        with torch.autocast("cpu", torch.bfloat16, enabled=precision == torch.bfloat16):
            x_logits, _, _ = vae(x, eps)
        vae.log_likelihood(x_logits, x).mean().backward()
        return [
            parameter.grad.clone() for parameter in vae.parameters() if parameter.grad is not None
        ]

    looking, kept = gradients(True), gradients(False)
    assert len(looking) == len(list(vae.parameters()))
    for ours, expected in zip(looking, kept, strict=True):
        torch.testing.assert_close(ours, expected)
    assert all(gradient.any() for gradient in looking)


def test_other_weights_are_seen_after_train_or_eval(vae: VAE, x: Tensor) -> None:
    before = look_of(vae)(x)
    with torch.no_grad():
        next(vae.decoder.parameters()).mul_(2)
    assert torch.equal(look_of(vae)(x), before)
    assert not torch.equal(look_of(vae.eval())(x), before)


def test_the_decoders_weights_are_stored_once(vae: VAE) -> None:
    assert not [name for name in vae.state_dict() if name.startswith("encoder.0")]
    refine = vae.encoder.get_submodule("1")
    own = [*refine.parameters(), *vae.decoder.parameters()]
    assert {id(parameter) for parameter in vae.parameters()} == {id(parameter) for parameter in own}
    assert len(list(vae.parameters())) == len(own)


def test_a_copy_looks_through_its_own_decoder(vae: VAE, x: Tensor) -> None:
    other = copy.deepcopy(vae)
    with torch.no_grad():
        next(other.decoder.parameters()).mul_(2)
    assert not torch.equal(other.eval().encode(x)[0], vae.eval().encode(x)[0])
