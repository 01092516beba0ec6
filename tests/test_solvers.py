"""The engine's solvers on problems whose solutions are known."""

import pytest
import torch

from scaling_values.engines.solvers import conjugate_gradients, halved, newton

GENERATOR = torch.Generator().manual_seed(0)


def matrices(n, d, spread, dtype):
    """Positive definite ones, with eigenvalues from 1 to `spread`."""
    Q = torch.linalg.qr(torch.randn(n, d, d, generator=GENERATOR, dtype=torch.float64))[0]
    return ((Q * torch.logspace(0, spread, d, dtype=torch.float64)) @ Q.mT).to(dtype)


@pytest.mark.parametrize("dtype, eps", [(torch.float64, 1e-9), (torch.float32, 1e-3)])
@pytest.mark.parametrize("shape", [(4, 12), (4, 3, 4)])
@pytest.mark.parametrize("spread", [0.5, 3.0])
def test_conjugate_gradients_solve_all_problems(shape, spread, dtype, eps):
    H, g = matrices(4, 12, spread, dtype), torch.randn(shape, generator=GENERATOR, dtype=dtype)
    g[1] = 0  # nothing to do, and no reason to divide by it

    def times(A):
        return lambda v: (A @ v.reshape(4, 12, 1)).reshape(shape)

    for rough in (lambda v: v, times(torch.diag_embed(1 / H.diagonal(dim1=1, dim2=2)))):
        x, left, solved = conjugate_gradients(times(H), rough, g, lambda size: eps**2 * size, 200)
        assert solved.all() and (left >= 0).all() and (x[1] == 0).all()
        true = torch.linalg.solve(H, g.reshape(4, 12, 1)).reshape(shape)
        assert float((x - true).norm() / true.norm()) < 100 * eps


def test_too_few_turns_are_said():
    H = matrices(2, 30, 6.0, torch.float64)
    g = torch.randn(2, 30, generator=GENERATOR, dtype=torch.float64)
    g[0] = 0
    solved = conjugate_gradients(
        lambda v: (H @ v[:, :, None])[:, :, 0], lambda v: v, g, lambda size: 1e-20 * size, 3
    )[2]
    assert solved.tolist() == [True, False]


@pytest.mark.parametrize("shape", [(6, 3), (6, 2, 3)])
def test_halved_steps_never_raise_the_objective(shape):
    x, step = (torch.randn(shape, generator=GENERATOR, dtype=torch.float64) for _ in range(2))

    def objective(x):
        return (x**4).flatten(1).sum(1)

    scale = torch.logspace(-3, 3, 6, dtype=torch.float64).reshape(-1, *[1] * (len(shape) - 1))
    downhill = scale * 4 * x**3
    after, value = halved(objective, x, downhill, objective(x))
    assert (objective(after) < objective(x)).all() and (value == objective(after)).all()
    torch.testing.assert_close(after[0], (x - downhill)[0])  # a step that helps is taken whole
    uphill, _ = halved(objective, x, -downhill, objective(x))
    assert (uphill - x).abs().max() <= downhill.abs().max() / 2**28


def problem(A, y):
    """Logistic regression with a penalty of one."""

    def objective(x):
        return (
            torch.logaddexp(A @ x, torch.zeros(len(A)).double()) - y * (A @ x)
        ).sum() + 0.5 * x @ x

    def look(x):
        return (A.T @ (torch.sigmoid(A @ x) - y) + x, (A @ x).abs().sum(), A @ x)

    def factor(m, rough):
        asked.append(rough)
        p = torch.sigmoid(m)
        H = (A.T * (p * (1 - p))) @ A + torch.eye(A.shape[1]).double()
        return torch.linalg.cholesky(
            (H * 1.2 if rough else H).to(torch.float32 if rough else torch.float64)
        )

    asked = []
    return objective, look, factor, asked


@pytest.mark.parametrize("scale", [1.0, 30.0])
@pytest.mark.parametrize("rough_when_near", [True, False])
def test_newton_ends_at_rounding(scale, rough_when_near):
    A = scale * torch.randn(40, 4, generator=GENERATOR, dtype=torch.float64)
    objective, look, factor, asked = problem(A, (A[:, 0] > 0).double())
    x, lower, at = newton(torch.full((4,), 3.0).double(), objective, look, factor, rough_when_near)
    assert float(look(x)[0].abs().max()) < 1e-11 * scale
    assert asked[0] and (rough_when_near or not asked[-1])
    torch.testing.assert_close(at, A @ x, atol=0.1, rtol=0)
    assert lower.dtype == (torch.float32 if asked[-1] else torch.float64)


def test_newton_says_when_there_is_no_minimum():
    slope = torch.ones(2, dtype=torch.float64)

    def flat(at, rough):
        return 1e-3 * torch.eye(2, dtype=torch.float64)

    with pytest.raises(torch.linalg.LinAlgError, match="did not end|any further"):
        newton(
            torch.zeros(2).double(),
            lambda x: slope @ x,
            lambda x: (slope, torch.tensor(0.0), None),
            flat,
        )
