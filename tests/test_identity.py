"""Two objects are the same for a store: every change is seen, and nothing that is no change."""

import os
import subprocess
import sys
import threading
from pathlib import Path

import numpy as np
import pytest
from sklearn.base import clone
from sklearn.linear_model import LogisticRegression
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

from scaling_values.identity import Description, package_version
from scaling_values.support import object_identity

# name -> the code that makes `thing`, and what is put in place of WHAT, before and after
CHANGES = {
    "a function's code": ("def thing(x): return x WHAT 2", "+", "-"),
    "a constant's type": ("def thing(x): return x + WHAT", "1", "1.0"),
    "the sign of zero": ("def thing(x): return x * WHAT", "0.0", "-0.0"),
    "a set of constants": ("def thing(x): return x in {'a', 'b', WHAT}", "'c'", "'d'"),
    "an inner function": (
        "def thing(x):\n def inner(y): return y WHAT\n return inner(x)",
        "",
        "+ 1",
    ),
    "a comprehension": ("def thing(x): return [y for y in x if y > WHAT]", "0", "1"),
    "what is caught": (
        "def thing(x):\n try: return 1 / x\n except WHAT: return 0",
        "ZeroDivisionError",
        "ValueError",
    ),
    "a default": ("def thing(x, y=WHAT): return x", "1", "2"),
    "a default by keyword": ("def thing(x, *, y=WHAT): return x", "1", "2"),
    "the names of arguments": ("def thing(WHAT): return 1", "a, b", "b, a"),
    "a generator": ("def thing(x):\n WHAT", "return x", "yield x"),
    "a function's attribute": ("def thing(x): return thing.weight\nthing.weight = WHAT", "1", "2"),
    "a closure": ("def make(w): return lambda x: x * w\nthing = make(WHAT)", "1", "2"),
    "a closure in a closure": (
        "def make(w):\n f = lambda x: x * w\n return lambda x: f(x)\nthing = make(WHAT)",
        "1",
        "2",
    ),
    "an object in a closure": (
        "class Box:\n def __init__(self, v): self.v, self.f = v, lambda: 0\ndef make(b): return "
        "lambda x: b.v\nthing = make(Box(WHAT))",
        "1",
        "2",
    ),
    "a constant of the module": ("W = WHAT\ndef thing(x): return x * W", "1", "2"),
    "a constant that an inner function reads": (
        "W = WHAT\ndef thing(x): return [y * W for y in x]",
        "1",
        "2",
    ),
    "an array of the module": (
        "import numpy as np\nW = np.ones(9999)\nW[5000] = WHAT\ndef thing(x): return x * W",
        "1",
        "2",
    ),
    "a helper": ("def helper(x): return x WHAT\ndef thing(x): return helper(x)", "", "+ 1"),
    "a helper's helper": (
        "def deep(x): return x WHAT\ndef helper(x): return deep(x)\ndef thing(x): return helper(x)",
        "",
        "+ 1",
    ),
    "a helper that calls back": (
        "def even(n): return n == 0 or odd(n - 1)\ndef odd(n): return n WHAT 0 and even(n - 1)\n"
        "thing = even",
        "!=",
        ">",
    ),
    "a helper in a table": (
        "def helper(x): return x WHAT\nTABLE = {'a': [helper]}\ndef thing(x): return "
        "TABLE['a'][0](x)",
        "",
        "+ 1",
    ),
    "a helper by its module": (
        "import helpers\nhelpers.f = lambda x: x WHAT\ndef thing(x): return helpers.f(x)",
        "",
        "+ 1",
    ),
    "a helper's module, whole": (
        "import helpers\nhelpers.f = lambda x: x WHAT\ndef thing(x, name='f'): return "
        "getattr(helpers, name)(x)",
        "",
        "+ 1",
    ),
    "a helper that is imported late": (
        "import helpers\nhelpers.f = lambda x: x WHAT\ndef thing(x):\n from helpers import f\n "
        "return f(x)",
        "",
        "+ 1",
    ),
    "a module that is imported late": (
        "import helpers\nhelpers.f = lambda x: x WHAT\ndef thing(x):\n import helpers as h\n "
        "return h.f(x)",
        "",
        "+ 1",
    ),
    "a method that only another calls": (
        "class Thing:\n def run(self, x): return self.step(x)\n def step(self, x): return x "
        "WHAT\nthing = Thing()",
        "",
        "+ 1",
    ),
    "a class itself": ("class thing:\n def run(self, x): return x WHAT", "", "+ 1"),
    "a class's constant": (
        "class Thing:\n K = WHAT\n def run(self, x): return x * self.K\nthing = Thing()",
        "1",
        "2",
    ),
    "a base": (
        "class Base:\n def run(self, x): return x WHAT\nclass Thing(Base): pass\nthing = Thing()",
        "",
        "+ 1",
    ),
    "a metaclass": (
        "class Meta(type):\n def run(self, x): return x WHAT\nclass Thing(metaclass=Meta): pass\n"
        "thing = Thing()",
        "",
        "+ 1",
    ),
    "the order of bases": (
        "class A:\n def run(self): return 1\nclass B:\n def run(self): return 2\nclass "
        "Thing(WHAT): pass\nthing = Thing()",
        "A, B",
        "B, A",
    ),
    "a property": (
        "class Thing:\n @property\n def k(self): return WHAT\nthing = Thing()",
        "1",
        "2",
    ),
    "a cached property": (
        "import functools\nclass Thing:\n @functools.cached_property\n def k(self): return WHAT\n"
        "thing = Thing()",
        "1",
        "2",
    ),
    "a static method": (
        "class Thing:\n @staticmethod\n def k(): return WHAT\nthing = Thing()",
        "1",
        "2",
    ),
    "a class method": (
        "class Thing:\n @classmethod\n def k(cls): return WHAT\nthing = Thing()",
        "1",
        "2",
    ),
    "a decorated method": (
        "import functools\ndef deco(f):\n @functools.wraps(f)\n def g(*a): return f(*a) WHAT\n "
        "return g\nclass Thing:\n @deco\n def k(self): return 1\nthing = Thing()",
        "",
        "+ 1",
    ),
    "what is decorated": (
        "import functools\ndef deco(f):\n @functools.wraps(f)\n def g(*a): return f(*a)\n return "
        "g\n@deco\ndef thing(): return WHAT",
        "1",
        "2",
    ),
    "a context manager": (
        "import contextlib\n@contextlib.contextmanager\ndef around(): yield WHAT\ndef thing(x):\n"
        " with around() as y: return y",
        "1",
        "2",
    ),
    "a cached function": (
        "import functools\n@functools.lru_cache\ndef helper(x): return x WHAT\ndef thing(x): "
        "return helper(x)",
        "",
        "+ 1",
    ),
    "one kind's function": (
        "import functools\n@functools.singledispatch\ndef thing(x): return x\n"
        "@thing.register(int)\ndef _(x): return x + WHAT",
        "1",
        "2",
    ),
    "a transformer's method, wrapped by scikit-learn": (
        "from sklearn.base import *\nclass Thing(TransformerMixin, BaseEstimator):\n def "
        "fit(self, X, y=None): return self\n def transform(self, X): return X * WHAT\nthing = "
        "Thing()",
        "1",
        "2",
    ),
    "an object's state": (
        "class Thing:\n def __init__(self, w): self.w, self.f = w, lambda: 0\nthing = Thing(WHAT)",
        "1",
        "2",
    ),
    "a state in slots": (
        "class Thing:\n __slots__ = ('w',)\nthing = Thing()\nthing.w = WHAT",
        "1",
        "2",
    ),
    "a state as it would be pickled": (
        "class Thing:\n def __init__(self, w): self.w = w\n def __reduce__(self): return Thing, "
        "(self.w,)\nthing = Thing(WHAT)",
        "1",
        "2",
    ),
    "a method of one object": (
        "class Thing:\n def __init__(self, w): self.w = w\n def run(self): return self.w\nthing "
        "= Thing(WHAT).run",
        "1",
        "2",
    ),
    "a partial": (
        "import functools\nthing = functools.partial(lambda x, w: x * w, w=WHAT)",
        "1",
        "2",
    ),
    "a partial's array": (
        "import functools, numpy as np\nthing = functools.partial(lambda x, w: x * w, "
        "w=np.r_[np.ones(2000), WHAT, np.ones(2000)])",
        "1",
        "2",
    ),
    "a dataclass's default": (
        "import dataclasses\n@dataclasses.dataclass\nclass Thing:\n a: int = WHAT\nthing = Thing",
        "1",
        "2",
    ),
    "a named tuple": (
        "import collections\nP = collections.namedtuple('P', 'x WHAT')\nthing = P(1, 2)",
        "y",
        "z",
    ),
    "an enumeration": ("import enum\nclass E(enum.Enum):\n A = WHAT\nthing = E.A", "1", "2"),
    "a member of an enumeration": (
        "import enum\nclass E(enum.Enum):\n A = 1\n B = 2\nthing = E.WHAT",
        "A",
        "B",
    ),
    "a regular expression": ("import re\nthing = re.compile('a', re.WHAT)", "I", "M"),
    "a list": ("thing = [1, [2, WHAT]]", "3", "4"),
    "a list or a tuple": ("thing = WHAT", "[1, 2]", "(1, 2)"),
    "True or one": ("thing = [WHAT]", "True", "1"),
    "a text or bytes": ("thing = WHAT", "'a'", "b'a'"),
    "a mapping": ("thing = {'a': 1, 'b': WHAT}", "2", "3"),
    "the order of an OrderedDict": (
        "import collections\nthing = collections.OrderedDict(WHAT)",
        "a=1, b=2",
        "b=2, a=1",
    ),
    "an array's type": ("import numpy as np\nthing = np.ones(3, WHAT)", "'f4'", "'f8'"),
    "an array's shape": ("import numpy as np\nthing = np.ones(WHAT)", "(2, 3)", "(3, 2)"),
    "a mask": ("import numpy as np\nthing = np.ma.array([1, 2], mask=[0, WHAT])", "0", "1"),
    "an array of objects": ("import numpy as np\nthing = np.array([None, WHAT], object)", "1", "2"),
    "a frame": ("import pandas as pd\nthing = pd.DataFrame({'a': ['x', WHAT]})", "'y'", "'z'"),
    "a column's name": ("import pandas as pd\nthing = pd.DataFrame({WHAT: [1]})", "'y'", "'z'"),
    "a frame's index": (
        "import pandas as pd\nthing = pd.Series([1, 2], index=[0, WHAT])",
        "1",
        "2",
    ),
    "categories": (
        "import pandas as pd\nthing = pd.Categorical(['a'], categories=['a', WHAT])",
        "'b'",
        "'c'",
    ),
    "a sparse matrix": ("import scipy.sparse as sp\nthing = sp.csr_matrix([[0, WHAT]])", "1", "2"),
    "a vectorised function": (
        "import numpy as np\nthing = np.vectorize(lambda x: x WHAT)",
        "",
        "+ 1",
    ),
    "a generator of numbers": ("import numpy as np\nthing = np.random.default_rng(WHAT)", "1", "2"),
    "a bound draw": ("import numpy as np\nthing = np.random.RandomState(WHAT).normal", "1", "2"),
    "Python's generator": ("import random\nthing = random.Random(WHAT)", "1", "2"),
    "a tensor": ("import torch\nthing = torch.tensor([1.0, WHAT], dtype=torch.bfloat16)", "1", "2"),
    "a weight": ("import torch\ntorch.manual_seed(WHAT)\nthing = torch.nn.Linear(2, 1)", "1", "2"),
    "a buffer": (
        "import torch\nthing = torch.nn.BatchNorm1d(2)\nthing.running_mean[0] = WHAT",
        "1",
        "2",
    ),
    "dropout": ("import torch\nthing = torch.nn.Sequential(torch.nn.Dropout(WHAT))", "0.1", "0.2"),
    "a network's forward": (
        "import torch\nclass Net(torch.nn.Module):\n def forward(self, x): return x WHAT\nthing "
        "= Net()",
        "",
        "+ 1",
    ),
    "a network's hook": (
        "import torch\nthing = torch.nn.Identity()\nthing.register_forward_hook(lambda m, i, o: "
        "o WHAT)",
        "",
        "+ 1",
    ),
    "a splitter's seed": (
        "from sklearn.model_selection import KFold\nthing = KFold(3, shuffle=True, "
        "random_state=WHAT)",
        "1",
        "2",
    ),
    "a scorer's function": (
        "from sklearn.metrics import make_scorer\nthing = make_scorer(lambda y, p: (y == "
        "p).mean() WHAT)",
        "",
        "+ 1",
    ),
    "a scorer's options": (
        "from sklearn.metrics import *\nthing = make_scorer(fbeta_score, beta=WHAT)",
        "1",
        "2",
    ),
    "a transformer's function": (
        "from sklearn.preprocessing import FunctionTransformer as F\nfrom sklearn.pipeline "
        "import *\nthing = make_pipeline(F(lambda X: X WHAT))",
        "",
        "+ 1",
    ),
    "a function in a column's transformer": (
        "from sklearn.preprocessing import FunctionTransformer as F\nfrom sklearn.compose import "
        "*\nthing = ColumnTransformer([('a', F(lambda X: X WHAT), [0])])",
        "",
        "+ 1",
    ),
    "a model that is frozen": (
        "from sklearn.linear_model import LinearRegression as L\nfrom sklearn.frozen import *\n"
        "thing = FrozenEstimator(L().fit([[1], [2]], [1, WHAT]))",
        "2",
        "3",
    ),
    "a model that is frozen, in a pipeline": (
        "from sklearn.linear_model import LinearRegression as L\nfrom sklearn.pipeline import *\n"
        "from sklearn.frozen import *\nthing = make_pipeline(FrozenEstimator(L().fit([[1], [2]], "
        "[1, WHAT])))",
        "2",
        "3",
    ),
}
# no change: comments, docstrings, annotations, blank lines, the order of what has none
SAME = {
    "a docstring": ("def thing(x):\n WHAT\n return x", "'one'", "'two'"),
    "a docstring that was not there": ("def thing(x):\n WHAT\n x.run()", "pass", "'two'"),
    "a comment": ("def thing(x): return x WHAT", "", "# so"),
    "an annotation": ("def thing(x WHAT): return x", "", ": int"),
    "lines": ("WHAT\ndef thing(x): return x", "", "\n\n"),
    "an unused global": ("W = WHAT\ndef thing(x): return x", "1", "2"),
    "an attribute that has a global's name": (
        "mean = WHAT\ndef thing(x): return x.mean()",
        "1",
        "2",
    ),
    "the order of a dict": ("thing = {WHAT}", "'a': 1, 'b': 2", "'b': 2, 'a': 1"),
    "the order of attributes": (
        "class T: pass\nthing = T()\nWHAT",
        "thing.a = 1; thing.b = 2",
        "thing.b = 2; thing.a = 1",
    ),
    "a class's docstring": ("class thing:\n WHAT\n def run(self): pass", "'one'", "'two'"),
    "the file's name": ("def thing(): return __file__", "", ""),
    "a sparse matrix in two orders": (
        "import scipy.sparse as sp\nthing = sp.coo_matrix(([WHAT]))",
        "[0, 1]",
        "[0, 1]",
    ),
    "a cache that was filled": (
        "import functools\nclass T:\n @functools.cached_property\n def k(self): return 1\nthing "
        "= T()\nWHAT",
        "",
        "thing.k",
    ),
    "a cached function that was called": (
        "import functools\n@functools.lru_cache\ndef f(x): return x\ndef thing(x): return f(x)\n"
        "WHAT",
        "",
        "f(1)",
    ),
    "a vectorised function that was called": (
        "import numpy as np\nthing = np.vectorize(lambda x: x, otypes=[float])\nWHAT",
        "",
        "thing([1, 2])",
    ),
}


def made(code: str, what: str, folder: Path, name: str = "mine"):
    """What a module of the user's makes, with helpers beside it."""
    (folder / f"{name}.py").write_text(code.replace("WHAT", what))
    (folder / "helpers.py").write_text("CONSTANT = 1\n")
    space = {"__name__": name, "__file__": str(folder / f"{name}.py")}
    exec(compile((folder / f"{name}.py").read_text(), str(folder / f"{name}.py"), "exec"), space)
    return space["thing"]


def learned(thing) -> str:
    return Description().add(thing, "learner", cloned=True)


@pytest.fixture
def folder(tmp_path, monkeypatch):
    monkeypatch.syspath_prepend(tmp_path)
    sys.modules.pop("helpers", None)
    yield tmp_path
    sys.modules.pop("helpers", None)


@pytest.mark.parametrize("name", CHANGES)
def test_every_change_is_seen(name, folder):
    code, before, after = CHANGES[name]
    for identity in (object_identity, learned):
        one, again, other = (
            identity(made(code, what, folder, module))
            for what, module in ((before, "mine"), (before, "its_copy"), (after, "mine"))
        )
        assert one == again != other


@pytest.mark.parametrize("name", SAME)
def test_what_is_no_change_is_none(name, folder):
    code, before, after = SAME[name]
    assert object_identity(made(code, before, folder)) == object_identity(
        made(code, after, folder, "elsewhere")
    )


REPEAT = """
import sys
sys.path[:0] = [{tests!r}, {folder!r}]
from test_identity import CHANGES, SAME, made, object_identity
from pathlib import Path
for name, (code, before, _) in reversed((CHANGES | SAME).items()):
    sys.modules.pop("helpers", None)
    print(object_identity(made(code, before, Path({folder!r}), "__main__")))
"""


def test_other_processes_see_the_same(folder):
    """With other hashes of strings, in another folder, as a script and as a module, and with what
    is imported late imported first."""
    script = REPEAT.format(tests=os.path.dirname(__file__), folder=str(folder))
    seed = "1" if os.environ.get("PYTHONHASHSEED") != "1" else "2"
    environment = os.environ | dict(
        PYTHONHASHSEED=seed, PYTHONPATH=str(Path(__file__).parent.parent)
    )
    other = subprocess.run(
        [sys.executable, "-c", script],
        cwd=folder,
        env=environment,
        capture_output=True,
        text=True,
        check=True,
    ).stdout.split()[::-1]
    ours = []
    for code, before, _ in (CHANGES | SAME).values():
        sys.modules.pop("helpers", None)
        ours.append(object_identity(made(code, before, folder)))
    assert len(other) == len(ours)
    assert [name for name, one, two in zip(CHANGES | SAME, ours, other) if one != two] == []


@pytest.mark.parametrize(
    "thing",
    [
        threading.Lock(),
        sys.stdout,
        (i for i in range(3)),
        np.frompyfunc(lambda x: x, 1, 1),
        memoryview(b"a"),
        threading.local(),
    ],
    ids=lambda thing: type(thing).__name__,
)
def test_what_cannot_be_recognised_is_named(thing):
    class Judge:
        parts = {}

    (judge := Judge()).parts = {"a": [thing]}
    with pytest.raises(
        ValueError,
        match=(
            r"^metric\.parts\['a'\]\[0\] is a .*, which cannot be recognised in another process "
            r".*: do that"
        ),
    ):
        Description(remedy="do that").add(judge, "metric")
    assert Description(vouched=True).add(judge, "metric") == Description(vouched=True).add(
        judge, "metric"
    )
    judge.more = 1
    assert Description(vouched=True).add(judge, "metric") != object_identity(Judge())


def test_what_cannot_be_recognised_in_a_global_is_named(folder):
    thing = made(
        "import threading\nLOCK = threading.Lock()\ndef thing(x):\n with LOCK: return x", "", folder
    )
    with pytest.raises(ValueError, match="^thing: LOCK is a lock"):
        object_identity(thing)


def test_a_chain_without_end_is_an_error():
    chain = []
    for _ in range(10_000):
        chain = [chain, object]
    with pytest.raises(ValueError, match="^learner holds too many things inside each other"):
        object_identity(chain, "learner")
    holds_itself = [1]
    holds_itself.append(holds_itself)
    assert object_identity(holds_itself) == object_identity(holds_itself)


def test_of_a_learner_what_is_cloned_counts():
    learner = make_pipeline(StandardScaler(), LogisticRegression())
    before = learned(learner)
    learner.fit(np.arange(20.0).reshape(-1, 1), [0, 1] * 10)
    assert (
        learned(learner)
        == before
        == learned(clone(learner))
        != learned(learner.set_params(logisticregression__C=2))
    )
    assert learned(clone(learner).set_output(transform="pandas")) != learned(learner)


def test_packages_are_known_by_name_and_version(monkeypatch):
    found = Description()
    found.add(make_pipeline(StandardScaler(), LogisticRegression()), "learner", cloned=True)
    assert found.packages == {"sklearn"} and not found.code
    monkeypatch.setattr(np, "__version__", "99")
    assert (
        package_version("numpy") == "numpy 99"
        and package_version("joblib").startswith("joblib 1.")
        and package_version("no_such_package") == "no_such_package of unknown version"
    )


RECORDS = {  # the code, what is put in place of WHAT, and whether the function only writes there
    "a list": ("CALLS = [WHAT]\ndef thing(x):\n CALLS.append(len(x))\n return x", "1", True),
    "a list that is read": (
        "CALLS = [WHAT]\ndef thing(x):\n CALLS.append(x)\n return len(CALLS)",
        "1",
        False,
    ),
    "a list whose answer is used": (
        "CALLS = [WHAT]\ndef thing(x): return CALLS.append(x)",
        "1",
        False,
    ),
    "a set": ("SEEN = {0, WHAT}\ndef thing(x): SEEN.add(x if x else 1)", "1", False),
    "a mapping": ("SEEN = dict([WHAT])\ndef thing(x): SEEN.update(a=x)", "(1, 2)", True),
    "a count": ("n = 0 WHAT\ndef thing(x):\n global n\n n += 1\n return x", "+ 1", True),
    "a count that is read": (
        "n = 0 WHAT\ndef thing(x):\n global n\n n += 1\n return x * n",
        "+ 1",
        False,
    ),
    "an inner function reads it": (
        "CALLS = [WHAT]\ndef thing(x):\n CALLS.append(x)\n return lambda: CALLS[0]",
        "1",
        False,
    ),
    "another function reads it": (
        "CALLS = [WHAT]\ndef f(): return CALLS[0]\ndef thing(x):\n CALLS.append(x)\n return f()",
        "1",
        False,
    ),
    "a closure": (
        "def make():\n calls = [WHAT]\n def f(x):\n  calls.append(x)\n  return x\n return f\n"
        "thing = make()",
        "1",
        True,
    ),
    "an object of one's own": (
        "class Log(list): pass\nCALLS = Log([WHAT])\ndef thing(x): CALLS.append(x)",
        "1",
        False,
    ),
}


@pytest.mark.parametrize("name", RECORDS)
def test_what_a_function_only_writes_into_is_no_part_of_it(name, folder):
    code, what, same = RECORDS[name]
    one, other = (
        (object_identity(made(code, each, folder)) for each in ("", what))
        if "dict(" not in code
        else (object_identity(made(code, each, folder)) for each in ("(3, 4)", what))
    )
    assert (one == other) == same
