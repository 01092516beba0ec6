"""Training functions from end to end: tensors of any kind, workers, fits and laws."""

import joblib
import numpy as np
import pytest
import torch

from scaling_values import Membership, Utility, sample_utilities

DEVICES = [
    "cpu",
    *(["cuda"] if torch.cuda.is_available() else []),
    *(["mps"] if torch.backends.mps.is_available() else []),
]
RUN = dict(sizes=(15, 60), random_state=0, progress=False)


def network(data, device="cpu", pool=True, kind=torch.float32):
    """A linear layer, a few steps of which are trained; returns its losses as they come, on their
    device and with their gradients."""
    X, X_val = (
        torch.as_tensor(part, dtype=torch.float32, device=device)
        for part in (data.X_train, data.X_val)
    )
    y, y_val = (torch.as_tensor(part, device=device) for part in (data.y_train, data.y_val))

    def train(rows, seed):
        torch.manual_seed(seed)
        layer = torch.nn.Linear(X.shape[1], 2, device=device)
        optimiser = torch.optim.SGD(layer.parameters(), lr=0.5)
        for _ in range(5):
            optimiser.zero_grad()
            torch.nn.functional.cross_entropy(layer(X[rows]), y[rows]).backward()
            optimiser.step()
        on_val, on_pool = (
            torch.nn.functional.cross_entropy(layer(a), b, reduction="none").to(kind)
            for a, b in ((X_val, y_val), (X, y))
        )
        return (on_val, on_pool) if pool else on_val

    return train


def fits_of(data, fits=10, **how):
    return sample_utilities(
        Utility.from_function(
            network(data, **how), 120, y=data.y_train, index=[f"r{i}" for i in range(120)]
        ),
        **RUN,
        fits=fits,
    )


@pytest.mark.parametrize("device", DEVICES)
@pytest.mark.parametrize("pool", [True, False])
def test_a_network_gives_laws_of_all_rows_on_any_device(data, device, pool):
    fits = fits_of(data, 120, device=device, pool=pool)
    assert (fits.pool_losses is not None) == pool
    laws = Membership().fit(fits).laws_
    assert (
        np.isfinite(laws.contribution([15, 30, 60])).all() and (laws.standard_error(30) > 0).all()
    )
    assert list(laws.index) == [f"r{i}" for i in range(120)]
    one, other = (Membership().fit(half).laws_.contribution(30) for half in fits.halves())
    assert np.corrcoef(one, other)[0, 1] > 0.3


@pytest.mark.parametrize("kind", [torch.float64, torch.float16, torch.bfloat16], ids=str)
def test_losses_in_any_precision_are_numbers(data, kind):
    """Mixed precision gives losses in half of the bits."""
    fits, exact = fits_of(data, kind=kind), fits_of(data)
    np.testing.assert_allclose(fits.losses, exact.losses, rtol=0.02, atol=1e-3)
    np.testing.assert_array_equal(fits.members, exact.members)


def test_workers_train_the_same_networks_and_seeds_disturb_nobody(data):
    torch.manual_seed(5)
    before = torch.get_rng_state()
    alone = fits_of(data)
    assert torch.equal(before, torch.get_rng_state())
    with joblib.parallel_config("threading", n_jobs=2):
        shared = fits_of(data)
    np.testing.assert_array_equal(shared.losses, alone.losses)
