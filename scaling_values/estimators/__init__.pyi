"""From samples to laws: estimators, and what those need who write one."""

# Estimators
from .aggregate import Aggregate as Aggregate
from .aggregate import compare_with_contributions as compare_with_contributions
from .amortized import Amortized as Amortized
from .amortized import PredictedLaw as PredictedLaw
from .hierarchical import Hierarchical as Hierarchical
from .hierarchical import Population as Population
from .likelihood import MaximumLikelihood as MaximumLikelihood
from .likelihood import Profile as Profile
from .likelihood import minimise_profile as minimise_profile
from .likelihood import profile_likelihood as profile_likelihood
from .loglinear import LogLine as LogLine
from .loglinear import LogLinear as LogLinear
from .membership import Membership as Membership
from .membership import group_weights as group_weights
from .membership import mean_of_laws as mean_of_laws
from .series import Family as Family
from .series import PowerSeries as PowerSeries
from .series import default_families as default_families

# For those who write one
from .checks import KnownSamples as KnownSamples
from .checks import check_estimator as check_estimator
from .checks import hard_samples as hard_samples
from .loglinear import fit_log_line as fit_log_line
from .loglinear import make_laws as make_laws
