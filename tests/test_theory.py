"""Theorem A.1 exactly and by simulation, within four standard errors; the terms of A.2."""

import numpy as np
import pytest
from scipy import integrate, stats
from sklearn.linear_model import LogisticRegression, Ridge

from scaling_values.experiments.theory import fit_logistic, refit
from scaling_values.theory import (
    LogisticPopulation,
    aggregate_derivative,
    conditional_contribution,
    curvature_ratio,
    expected_contribution,
    first_order_contribution,
    leading_contribution,
    leave_one_out_bound,
    local_exponent,
    logistic_gradient,
    logistic_hessian,
    logistic_third_derivative,
    sign_threshold,
)


def covariance(d: int, seed: int = 0) -> np.ndarray:
    root = np.random.default_rng(seed).normal(size=(d, d + 2))
    return root @ root.T / d


@pytest.mark.parametrize("penalty", [0.0, 0.3, 30.0])
@pytest.mark.parametrize("eps", [0.0, 1.0, -2.5])
def test_the_conditional_expectation_is_that_of_ridge_refits(penalty, eps):
    """The loss is quadratic in the noise: fits to unit vectors of noise give its expectation."""
    rng, d, k, sigma = np.random.default_rng(1), 4, 9, 0.7
    Sigma, beta, X, x = (
        covariance(d),
        rng.normal(size=d),
        rng.normal(size=(k, d)),
        rng.normal(size=d),
    )

    def expected_loss(X, known):
        def fit(y):
            return (
                Ridge(alpha=penalty or 1e-14, fit_intercept=False, solver="cholesky")
                .fit(X, y)
                .coef_
            )

        bias = fit(X @ beta + known) - beta
        moves = np.array([fit(np.eye(len(X))[i]) for i in range(k)])
        return bias @ Sigma @ bias + sigma**2 * np.einsum("ki,ij,kj->", moves, Sigma, moves)

    difference = expected_loss(X, np.zeros(k)) - expected_loss(
        np.vstack([X, x]), np.append(np.zeros(k), eps)
    )
    value = conditional_contribution(x, eps, sigma, Sigma, X, penalty=penalty, coefficients=beta)
    assert value == pytest.approx(difference, rel=1e-9)


@pytest.mark.parametrize(
    "d, k", [(1, 3), (1, 50), (4, 6), (4, 10), (10, 12), (10, 1000), (60, 62), (60, 100_000)]
)
@pytest.mark.parametrize("eps", [0.0, 1.0, 3.0])
def test_the_exact_mean_is_its_integral(d, k, eps):
    """The paper's last display, averaged over chi-squared by adaptive quadrature."""
    x, s = np.full(d, 0.7), 0.49 * d

    def integrand(w):
        h = s / w
        return stats.chi2(k - d + 1).pdf(w) * h**2 * (1 / (1 + h) - (eps**2 - 1) / (1 + h) ** 2)

    middle = max(k - d - 1.0, 0.5)
    parts = [
        integrate.quad(integrand, a, b, epsabs=0, epsrel=1e-11, limit=500)[0]
        for a, b in (
            (0, middle / 50),
            (middle / 50, middle),
            (middle, 3 * middle + 50),
            (3 * middle + 50, np.inf),
        )
    ]
    expected = (1 / s) * (1 + (d - 1) / (k - d)) * sum(parts)
    assert expected_contribution(x, eps, 1.0, np.eye(d), k) == pytest.approx(
        expected, rel=1e-7 if k == d + 2 else 1e-9
    )


@pytest.mark.parametrize("k", [11, 15, 50])
def test_the_exact_mean_agrees_with_simulation(k):
    d, Sigma = 5, covariance(5)
    x = np.random.default_rng(2).normal(size=d)
    X = np.random.default_rng([3, k]).normal(size=(60_000, k, d)) @ np.linalg.cholesky(Sigma).T
    for eps in (0.0, 2.0):
        sample = conditional_contribution(x, eps, 1.0, Sigma, X)
        assert abs(
            sample.mean() - expected_contribution(x, eps, 1.0, Sigma, k)
        ) < 4 * sample.std() / np.sqrt(len(sample))


def test_the_limit_shapes_and_scales():
    x, Sigma, k = (
        np.random.default_rng(0).normal(size=(3, 4)),
        covariance(4),
        [100, 10_000, 1_000_000],
    )
    eps = np.array([0.0, 1.0, 2.0])
    exact, leading = (
        expected_contribution(x, eps, 0.5, Sigma, k),
        leading_contribution(x, eps, 0.5, Sigma, k),
    )
    assert exact.shape == leading.shape == (3, 3)
    np.testing.assert_allclose(exact[:, -1], leading[:, -1], rtol=1e-4)
    assert expected_contribution(x[0], 0.0, 0.5, Sigma, 100) == pytest.approx(
        exact[0, 0], rel=1e-12
    )
    assert expected_contribution(x[0], 0.0, 0.5, Sigma, k).shape == (3,) and expected_contribution(
        x, eps, 0.5, Sigma, 100
    ).shape == (3,)
    np.testing.assert_allclose(
        expected_contribution(2 * x, 3 * eps, 1.5, 4 * Sigma, k), 9 * exact, rtol=1e-12
    )  # units
    np.testing.assert_allclose(
        np.abs(leading) * np.array(k) ** 2,
        np.repeat((np.abs(leading) * np.array(k) ** 2)[:, :1], 3, 1),
    )
    assert expected_contribution(np.zeros(4), 1.0, 1.0, Sigma, 100) == 0
    threshold = sign_threshold(x[0], Sigma, 40)
    assert threshold > 2 and expected_contribution(
        x[0], np.sqrt(threshold), 1.0, Sigma, 40
    ) == pytest.approx(0, abs=1e-15)
    np.testing.assert_allclose(local_exponent(leading, k), 2)
    assert aggregate_derivative(10, 3.0, 0.5) == pytest.approx(1.5 * 10**-1.5)


def test_bad_sizes_and_shapes_are_named():
    with pytest.raises(
        ValueError,
        match="must be larger than d [+] 1 = 5: for smaller k, the expectation is infinite",
    ):
        expected_contribution(np.ones(4), 0.0, 1.0, np.eye(4), [5, 10])
    with pytest.raises(ValueError, match=r"Sigma has shape \(3, 3\), but x has 4 features"):
        expected_contribution(np.ones(4), 0.0, 1.0, np.eye(3), 10)
    with pytest.raises(ValueError, match="coefficients must be given when penalty is not 0"):
        conditional_contribution(np.ones(2), 0.0, 1.0, np.eye(2), np.ones((3, 2)), penalty=1.0)


def test_logistic_derivatives_are_those_of_autograd():
    torch = pytest.importorskip("torch")
    rng = np.random.default_rng(0)
    for label in (0.0, 1.0):
        theta, x = rng.normal(size=5), 3 * rng.normal(size=5)

        def loss(t):
            return torch.nn.functional.softplus(t @ torch.tensor(x)) - label * (t @ torch.tensor(x))

        t = torch.tensor(theta)

        def hessian(t):
            return torch.autograd.functional.hessian(loss, t, create_graph=True)

        np.testing.assert_allclose(
            logistic_gradient(theta, x, label),
            torch.autograd.functional.jacobian(loss, t),
            atol=1e-13,
        )
        np.testing.assert_allclose(logistic_hessian(theta, x), hessian(t).detach(), atol=1e-13)
        np.testing.assert_allclose(
            logistic_third_derivative(theta, x),
            torch.autograd.functional.jacobian(hessian, t),
            atol=1e-13,
        )
    many = logistic_gradient(np.zeros((6, 1, 5)), rng.normal(size=(6, 7, 5)), np.ones((6, 7)))
    assert many.shape == (6, 7, 5)


def test_the_population_is_consistent_with_itself_and_with_draws():
    population, rng = LogisticPopulation(truth=(-0.7, 1.9), flipped=0.2), np.random.default_rng(0)
    best, step = population.minimiser, 1e-5
    numeric = [
        (population.loss(best + 0.3 + step * e) - population.loss(best + 0.3 - step * e))
        / (2 * step)
        for e in np.eye(2)
    ]
    np.testing.assert_allclose(population.gradient(best + 0.3), numeric, atol=1e-9)
    numeric = [
        (population.gradient(best + step * e) - population.gradient(best - step * e)) / (2 * step)
        for e in np.eye(2)
    ]
    np.testing.assert_allclose(population.hessian(best), numeric, atol=1e-9)
    X, y = population.draw(400_000, rng)
    scores = logistic_gradient(best, X, y)
    products = scores[:, :, None] * scores[:, None, :]
    assert (
        np.abs(products.mean(0) - population.score_covariance(best))
        < 4 * products.std(0) / np.sqrt(len(X))
    ).all()
    assert (np.abs(scores.mean(0)) < 4 * scores.std(0) / np.sqrt(len(X))).all()


def test_batched_fits_are_scikit_learns():
    population = LogisticPopulation()
    X, y = population.draw((5, 60), np.random.default_rng(0))
    for penalty in (0.0, 0.01, 100.0):
        theirs = [
            LogisticRegression(
                C=1 / penalty if penalty else np.inf,
                fit_intercept=False,
                solver="newton-cholesky",
                tol=1e-13,
            )
            .fit(a, b)
            .coef_[0]
            for a, b in zip(X, y)
        ]
        np.testing.assert_allclose(fit_logistic(X, y, penalty=penalty), theirs, atol=1e-8)
    with pytest.raises(ValueError, match="classes can be separated"):
        fit_logistic(X, np.where(X @ [1.0, 2.0] > 0, 1.0, 0.0))


def test_the_first_order_term_predicts_single_contributions_better_and_better():
    population = LogisticPopulation()
    best, misses = population.minimiser, []
    for k in (100, 1600):
        run = refit(population, np.array([1.0, -1.0]), 1.0, k, draws=300, random_state=4)
        delta = population.loss(run.without) - population.loss(run.joined)
        term = first_order_contribution(
            population.gradient(run.without),
            population.hessian(best),
            logistic_gradient(best, np.array([1.0, -1.0]), 1.0),
            k,
        )
        misses.append(np.sqrt(np.mean((delta - term) ** 2)) * k**1.5)
    assert misses[1] < 0.5 * misses[0]  # the remainder is of a higher order


def test_the_leave_one_out_bound_holds_where_its_condition_does():
    population = LogisticPopulation()
    run = refit(population, np.array([-1.5, 1.5]), 0.0, 300, draws=400, random_state=5)
    step, bound, condition = leave_one_out_bound(run.joined, run.X, run.y)
    error = np.linalg.norm(run.without - run.joined - step, axis=-1)
    assert condition.any() and (error <= bound)[condition].all() and (error > 0).all()
    i, n = int(np.argmax(condition)), 301  # the same, from the lemma's text, for one draw
    H = logistic_hessian(run.joined[i], run.X[i]).mean(0)
    gradients, hessians = (
        logistic_gradient(run.joined[i], run.X[i], run.y[i]),
        logistic_hessian(run.joined[i], run.X[i]),
    )
    norms = np.array([np.linalg.norm(np.linalg.solve(H, h), 2) for h in hessians]) / n
    delta = np.linalg.norm(np.linalg.solve(H, gradients.T), axis=0) / n / (1 - norms)
    assert bound[i] == pytest.approx(
        1.5
        * delta[-1]
        * (
            curvature_ratio(1.5 * delta[-1], np.linalg.norm(run.X[i, :-1], axis=1)).max()
            - 1
            + norms[-1]
        ),
        rel=1e-9,
    )
    assert curvature_ratio(0.2, 3.0) == pytest.approx(np.exp(0.6))
