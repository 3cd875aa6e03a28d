"""Images out: bytes, tiles, PNG and GIF."""

import io

import numpy as np
import pytest
from PIL import Image

from app import images
from tests.images.drawn import drawn


def test_bytes_are_rounded_and_clipped() -> None:
    levels = images.to_uint8(np.array([-1, 0, 0.499 / 255, 0.501 / 255, 0.5, 1, 7]))
    assert levels.dtype == np.uint8
    assert levels.tolist() == [0, 0, 0, 1, 128, 255, 255]


def test_every_byte_survives_the_way_there_and_back() -> None:
    every = np.arange(256, dtype=np.uint8)
    assert (images.to_uint8(every / np.float32(255)) == every).all()


def test_tiles_lie_row_by_row_without_gaps() -> None:
    shades = np.linspace(0.2, 1, 5, dtype=np.float32)
    batch = np.broadcast_to(shades[:, None, None], (5, 28, 28))
    grid = np.asarray(images.tile(batch))
    assert grid.shape == (2 * 28, 3 * 28)
    corners = grid[::28, ::28].ravel()
    assert corners.tolist() == [*images.to_uint8(shades), 0]
    assert (grid[27::28, 27::28].ravel() == corners).all()
    assert images.tile(batch, columns=5).size == (5 * 28, 28)
    assert images.tile(batch, columns=1).size == (28, 5 * 28)


@pytest.mark.parametrize("shape", [(28, 28), (0, 28, 28), (2, 3, 28, 28)])
def test_tiles_of_another_shape_are_refused(shape: tuple[int, ...]) -> None:
    with pytest.raises(ValueError, match=r"expected images \(N, 28, 28\), got"):
        images.tile(np.zeros(shape, np.float32))


def test_a_png_holds_the_image() -> None:
    data = images.png(drawn(2))
    assert (np.asarray(images.open_image(data)) == np.asarray(drawn(2))).all()


def test_an_animation_loops_through_all_its_frames() -> None:
    frames = np.random.default_rng(0).random((7, 28, 28), dtype=np.float32)
    with Image.open(io.BytesIO(images.animation(frames))) as gif:
        assert gif.format == "GIF"
        assert (getattr(gif, "n_frames", 1), gif.size) == (7, (224, 224))
        assert (gif.info["duration"], gif.info["loop"]) == (60, 0)
        for index, frame in enumerate(frames):
            gif.seek(index)
            shown = np.asarray(gif.convert("L"))[1::8, 1::8]
            assert (shown == images.to_uint8(frame)).all()
