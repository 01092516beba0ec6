"""How predictions are judged: losses, and the registry of their names."""

from ..utility import METRICS as METRICS
from ..utility import Metric as Metric
from ..utility import error_rate as error_rate
from ..utility import log_loss as log_loss
from ..utility import paper_cross_entropy as paper_cross_entropy
from ..utility import resolve_metric as resolve_metric
from ..utility import squared_error as squared_error
