"""Reference refits for the engines: scikit-learn's Newton solver, polished until its own gradient
proves it; support vector machines in double precision."""

import warnings

import numpy as np
from scipy.special import expit, logsumexp, softmax
from sklearn.calibration import _sigmoid_calibration
from sklearn.linear_model import LogisticRegression
from sklearn.metrics.pairwise import rbf_kernel

from scaling_values import Dataset, Utility, load_dataset
from scaling_values.datasets import split_rows


def binary_reference(
    X: np.ndarray, y: np.ndarray, C: float, weight: np.ndarray, intercept: bool = True
) -> tuple[np.ndarray, float]:
    """Coefficients (the intercept last) and their distance from the solution, in the inverse
    Hessian's norm."""
    with warnings.catch_warnings():
        warnings.simplefilter(
            "ignore"
        )  # an ill-conditioned Hessian: what matters is the distance that is returned
        model = LogisticRegression(
            C=C, solver="newton-cholesky", tol=1e-12, max_iter=1000, fit_intercept=intercept
        ).fit(X, y, sample_weight=weight)
    theta = np.append(model.coef_[0], model.intercept_ if intercept else [])
    A = np.column_stack([X, np.ones(len(X))]) if intercept else X
    scale = np.where(np.abs(A).max(0) > 0, np.abs(A).max(0), 1.0)  # for the linear algebra alone
    penalty = np.append(np.full(X.shape[1], 1 / C), [0.0] if intercept else []) / scale**2
    A, theta = A / scale, theta * scale
    for _ in range(20):
        p = expit(A @ theta)
        gradient = A.T @ (weight * (p - y)) + penalty * theta
        hessian = (A * (weight * p * (1 - p))[:, None]).T @ A + np.diag(penalty)
        step = np.linalg.solve(hessian, gradient)
        distance = np.sqrt(max(gradient @ step, 0.0))
        if distance < 1e-11:
            break
        theta = theta - step
    return theta / scale, distance


def multinomial_reference(
    X: np.ndarray, codes: np.ndarray, C: float, weight: np.ndarray, intercept: bool = True
) -> tuple[np.ndarray, float]:
    """Coefficients (classes, features and intercept) and their distance from the solution, in the
    inverse Hessian's norm."""
    A = np.column_stack([X, np.ones(len(X))]) if intercept else X
    n_classes, p = codes.max() + 1, A.shape[1]
    scale = np.where(np.abs(A).max(0) > 0, np.abs(A).max(0), 1.0)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        model = LogisticRegression(C=C, max_iter=500, fit_intercept=intercept).fit(
            X, codes, sample_weight=weight
        )  # a start
    theta = (np.column_stack([model.coef_, model.intercept_]) if intercept else model.coef_) * scale
    A, Y = A / scale, np.eye(n_classes)[codes]
    penalty = np.append(np.full(X.shape[1], 1 / C), [0.0] if intercept else []) / scale**2
    for _ in range(60):
        P = softmax(A @ theta.T, axis=1)
        gradient = (weight[:, None] * (P - Y)).T @ A + penalty * theta
        hessian = np.zeros((n_classes, p, n_classes, p))
        for i in range(n_classes):
            for j in range(i, n_classes):
                hessian[i, :, j] = (A * (weight * P[:, i] * ((i == j) - P[:, j]))[:, None]).T @ A
                hessian[j, :, i] = hessian[i, :, j].T
            hessian[i, np.arange(p), i, np.arange(p)] += penalty
        if intercept:
            hessian[:, -1, :, -1] += (
                1.0  # fixes the sum of the intercepts, on which nothing depends
            )
        step = np.linalg.solve(hessian.reshape(n_classes * p, -1), gradient.ravel()).reshape(
            theta.shape
        )
        distance = np.sqrt(max((gradient * step).sum(), 0.0))
        if distance < 1e-11:
            break
        theta = theta - step / (1 + distance)  # damped far away, Newton's own nearby
    return theta / scale, distance


def reference_contributions(
    utility: Utility, D: np.ndarray, points: np.ndarray
) -> tuple[np.ndarray, float]:
    """Contributions to the log-loss by refitting with held class weights, and the worst distance of
    a fit from its solution."""
    data, learner = utility.data, utility.learners(D).base
    y, y_val = (
        np.searchsorted(data.classes, data.y_train),
        np.searchsorted(data.classes, data.y_val),
    )
    by_class = learner.class_weight or {}
    weights = np.array([by_class.get(label, 1.0) for label in data.classes.tolist()])
    worst = 0.0

    def loss(rows):
        nonlocal worst
        X, present, codes = data.X_train[rows], *np.unique(y[rows], return_inverse=True)
        fit = binary_reference if len(present) == 2 else multinomial_reference
        theta, distance = fit(X, codes, learner.C, weights[y[rows]], learner.fit_intercept)
        worst = max(worst, distance)
        theta = np.stack([np.zeros_like(theta), theta]) if len(present) == 2 else theta
        logits = data.X_val @ theta[:, : X.shape[1]].T + (
            theta[:, -1] if learner.fit_intercept else 0.0
        )
        true = np.full(len(y_val), -np.inf)
        for place, code in enumerate(present):
            true[y_val == code] = logits[y_val == code, place]
        return float(
            np.minimum(logsumexp(logits, axis=1) - true, -np.log(np.finfo(float).eps)).mean()
        )

    base = loss(D)
    return np.array([base - loss(np.append(D, point)) for point in points]), worst


def drawn(data: Dataset, k: int, seed: int = 0) -> np.ndarray:
    """A class-proportional preceding set."""
    return split_rows(data.y_train, data.target, (k, len(data.y_train) - k, 0), seed)[0]


def two_classes(name: str) -> Dataset:
    """A dataset of two classes by name; digits become odd and even."""
    data = load_dataset(name)
    if name != "digits":
        return data
    return Dataset.from_arrays(
        data.X_train, data.y_train % 2, data.X_val, data.y_val % 2, name="odd digits"
    )


def svm_reference(
    K: np.ndarray,
    y: np.ndarray,
    C: np.ndarray,
    beta: np.ndarray | None = None,
    tolerance: float = 1e-12,
) -> tuple[np.ndarray, float, float]:
    """Weights, intercept and the gap that is left of a two-class machine, by sequential minimal
    optimisation in double precision."""
    beta = np.zeros(len(y)) if beta is None else beta.copy()
    low, high, diagonal = np.where(y > 0, 0.0, -C), np.where(y > 0, C, 0.0), K.diagonal()
    residual = y - K @ beta
    for turn in range(1, 400_000):
        up = np.where(beta < high, residual, -np.inf)
        i = int(up.argmax())
        down = beta > low
        gap = up[i] - residual[down].min()
        if gap < tolerance:
            residual = y - K @ beta  # what rounding has left
            gap = residual[beta < high].max() - residual[beta > low].min()
            if gap < tolerance or turn % 5 == 0:
                break
        curved = np.maximum(diagonal[i] + diagonal - 2 * K[i], 1e-12)
        gain = np.where(down & (residual < up[i]), (up[i] - residual) ** 2 / curved, -1.0)
        j = int(gain.argmax())
        step, room, other = (up[i] - residual[j]) / curved[j], high[i] - beta[i], beta[j] - low[j]
        step = min(step, room, other)
        beta[i] = high[i] if step == room else beta[i] + step
        beta[j] = low[j] if step == other else beta[j] - step
        residual -= step * (K[i] - K[j])
    grows, shrinks = (
        beta < high - 1e-10 * C,
        beta > low + 1e-10 * C,
    )  # rounding does not make a row free
    free, ends = grows & shrinks, (residual[grows].max(), residual[shrinks].min())
    return beta, float(residual[free].mean() if free.any() else sum(ends) / 2), float(gap)


def platt_reference(f: np.ndarray, positive: np.ndarray) -> tuple[float, float]:
    """Slope and intercept of the logit by Newton's method, from where scikit-learn's optimiser
    ends."""
    slope, intercept = _sigmoid_calibration(f, positive.astype(float))
    a, c, n = -slope, -intercept, positive.sum()
    target = np.where(positive, (n + 1) / (n + 2), 1 / (len(f) - n + 2))
    A = np.column_stack([f, np.ones(len(f))])
    for _ in range(8):
        p = expit(a * f + c)
        step = np.linalg.solve((A * (p * (1 - p))[:, None]).T @ A, A.T @ (p - target))
        a, c = a - step[0], c - step[1]
    assert np.abs(step).max() < 1e-9 * (1 + abs(a) + abs(c))
    return a, c


def svm_contributions(
    utility: Utility, D: np.ndarray, points: np.ndarray, seed: int = 0
) -> tuple[np.ndarray, float]:
    """Contributions to two calibrated classes by refitting in double precision, and the largest gap
    of a machine."""
    data, learners, worst = utility.data, utility.learners(D, seed), 0.0
    svc, positive, positive_val = (
        learners.base.estimator,
        data.y_train == data.classes[1],
        data.y_val == data.classes[1],
    )
    X, y = data.X_train, np.where(positive, 1.0, -1.0)
    weight = (
        np.array([(svc.class_weight or {}).get(label, 1.0) for label in data.y_train.tolist()])
        * svc.C
    )
    kernel = {
        "rbf": lambda A, B: rbf_kernel(A, B, gamma=svc.gamma),
        "linear": lambda A, B: A @ B.T,
    }[svc.kernel]

    def machine(rows, start):
        nonlocal worst
        beta, b, gap = svm_reference(kernel(X[rows], X[rows]), y[rows], weight[rows], start)
        worst = max(worst, gap)
        return beta, b

    def loss(rows, splits, starts):
        held_out, found = np.empty(len(rows)), []
        for place, (train, test) in enumerate([*splits, (np.arange(len(rows)), None)]):
            start = (
                None
                if starts is None
                else np.append(starts[place], np.zeros(len(train) - len(starts[place])))
            )
            beta, b = machine(rows[train], start)
            found.append(beta)
            if test is not None:
                held_out[test] = kernel(X[rows[test]], X[rows[train]]) @ beta + b
        a, c = platt_reference(held_out, positive[rows])
        p = expit(a * (kernel(data.X_val, X[rows]) @ beta + b) + c)
        return float(
            -np.log(np.clip(np.where(positive_val, p, 1 - p), np.finfo(float).eps, 1)).mean()
        ), found

    base, starts = loss(D, learners.base.cv, None)
    return np.array(
        [base - loss(np.append(D, z), learners.plus.cv, starts)[0] for z in points]
    ), worst
