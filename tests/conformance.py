"""Reference refits for the engines: scikit-learn's Newton solver, polished until its own gradient proves it."""

import warnings

import numpy as np
from scipy.special import expit, logsumexp, softmax
from sklearn.linear_model import LogisticRegression

from scaling_values import Dataset, Utility, load_dataset, split_rows


def binary_reference(X: np.ndarray, y: np.ndarray, C: float, weight: np.ndarray, intercept: bool = True) -> tuple[np.ndarray, float]:
    """Coefficients (the intercept last) and their distance from the solution, in the inverse Hessian's norm."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # an ill-conditioned Hessian: what matters is the distance that is returned
        model = LogisticRegression(C=C, solver="newton-cholesky", tol=1e-12, max_iter=1000, fit_intercept=intercept).fit(X, y, sample_weight=weight)
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


def multinomial_reference(X: np.ndarray, codes: np.ndarray, C: float, weight: np.ndarray, intercept: bool = True) -> tuple[np.ndarray, float]:
    """Coefficients (classes, features and intercept) and their distance from the solution, in the inverse Hessian's norm."""
    A = np.column_stack([X, np.ones(len(X))]) if intercept else X
    n_classes, (k, p) = codes.max() + 1, A.shape
    scale = np.where(np.abs(A).max(0) > 0, np.abs(A).max(0), 1.0)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        model = LogisticRegression(C=C, max_iter=500, fit_intercept=intercept).fit(X, codes, sample_weight=weight)  # a start
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
            hessian[:, -1, :, -1] += 1.0  # fixes the sum of the intercepts, on which nothing depends
        step = np.linalg.solve(hessian.reshape(n_classes * p, -1), gradient.ravel()).reshape(theta.shape)
        distance = np.sqrt(max((gradient * step).sum(), 0.0))
        if distance < 1e-11:
            break
        theta = theta - step / (1 + distance)  # damped far away, Newton's own nearby
    return theta / scale, distance


def reference_contributions(utility: Utility, D: np.ndarray, points: np.ndarray) -> tuple[np.ndarray, float]:
    """Contributions to the log-loss by refitting with held class weights, and the worst distance of a fit from its solution."""
    data, learner = utility.data, utility.learners(D).base
    y, y_val = np.searchsorted(data.classes, data.y_train), np.searchsorted(data.classes, data.y_val)
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
        logits = data.X_val @ theta[:, : X.shape[1]].T + (theta[:, -1] if learner.fit_intercept else 0.0)
        true = np.full(len(y_val), -np.inf)
        for place, code in enumerate(present):
            true[y_val == code] = logits[y_val == code, place]
        return float(np.minimum(logsumexp(logits, axis=1) - true, -np.log(np.finfo(float).eps)).mean())

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
    return Dataset.from_arrays(data.X_train, data.y_train % 2, data.X_val, data.y_val % 2, name="odd digits")
