"""The small operations on gray arrays agree with SciPy's, and bear values that nearly agree."""

import numpy as np
import pytest
from scipy import ndimage

from app.images.arrays import median_of_9, otsu


@pytest.mark.parametrize("shape", [(1, 1), (1, 7), (2, 3), (96, 64)])
def test_the_median_of_nine_pixels_is_that_of_scipy(shape: tuple[int, int]) -> None:
    gray = np.random.default_rng(0).random(shape, dtype=np.float32)
    expected = ndimage.median_filter(gray, 3, mode="nearest")
    np.testing.assert_array_equal(median_of_9(gray), expected)


def test_levels_that_differ_by_a_rounding_error_have_a_threshold() -> None:
    level = np.float32(0.3)
    values = np.array([level, np.nextafter(level, np.float32(1))], np.float32)
    assert level <= otsu(values) <= values[1]
