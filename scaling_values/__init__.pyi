"""What `scaling_values` shows: names for those who value data, and modules with the rest.

Type checkers, editors and `__init__.py` read this list. A name that stands in no list is no promise.
"""

# Data, and what is trained and judged
from .datasets import Dataset as Dataset
from .datasets import load_dataset as load_dataset
from .utility import Utility as Utility

# Samples
from .contributions import Contributions as Contributions
from .sampling import StopWhen as StopWhen
from .sampling import sample_contributions as sample_contributions
from .utilities import Utilities as Utilities
from .utilities import sample_utilities as sample_utilities

# Engines: the rest is in `engines`
from .engines.base import RefitEngine as RefitEngine
from .engines.base import find_engine as find_engine

# Laws
from .estimators.aggregate import Aggregate as Aggregate
from .estimators.amortized import Amortized as Amortized
from .estimators.hierarchical import Hierarchical as Hierarchical
from .estimators.likelihood import MaximumLikelihood as MaximumLikelihood
from .estimators.loglinear import LogLinear as LogLinear
from .estimators.membership import Membership as Membership
from .estimators.series import PowerSeries as PowerSeries
from .fitting import fit_laws as fit_laws
from .fitting import split_half as split_half
from .laws import ScalingLaws as ScalingLaws

# Values, and what they are for
from .labels import label_suspects as label_suspects
from .selection import add_points as add_points
from .selection import select_points as select_points
from .uses import dropping_curve as dropping_curve
from .uses import prices as prices
from .valuation import assisted_values as assisted_values
from .valuation import banzhaf_weights as banzhaf_weights
from .valuation import beta_weights as beta_weights
from .valuation import monte_carlo as monte_carlo
from .valuation import shapley_weights as shapley_weights

# Pictures and pages
from .plots import plot_alpha as plot_alpha
from .plots import plot_crossings as plot_crossings
from .plots import plot_law as plot_law
from .plots import plot_values as plot_values
from .report import write_report as write_report

# Modules, with names for those who look closer
from . import cli as cli
from . import contributions as contributions
from . import controls as controls
from . import datasets as datasets
from . import embedding as embedding
from . import engines as engines
from . import estimators as estimators
from . import exchange as exchange
from . import fitting as fitting
from . import labels as labels
from . import laws as laws
from . import loaders as loaders
from . import metrics as metrics
from . import plots as plots
from . import sampling as sampling
from . import selection as selection
from . import tables as tables
from . import theory as theory
from . import utilities as utilities
from . import utility as utility
from . import valuation as valuation
from . import verdicts as verdicts

__version__: str
