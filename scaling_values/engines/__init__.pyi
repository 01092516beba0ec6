"""How contributions are computed: exact engines, their registry, and what those need who write one."""

# The registry, and what an engine is
from ..contributions import Status as Status
from .base import ENGINE_OF_LEARNER as ENGINE_OF_LEARNER
from .base import ENGINES as ENGINES
from .base import Engine as Engine
from .base import EngineResult as EngineResult
from .base import FastEngine as FastEngine
from .base import RefitEngine as RefitEngine
from .base import TrainedSet as TrainedSet
from .base import find_engine as find_engine
from .base import is_refitted as is_refitted
from .checks import check_engine as check_engine
from .checks import hard_data as hard_data

# Engines
from .first_order import FirstOrder as FirstOrder
from .first_order import controlled_means as controlled_means
from .linear import LinearEngine as LinearEngine
from .logistic import LogisticEngine as LogisticEngine
from .mlp import MLPEngine as MLPEngine
from .neighbors import NeighborsEngine as NeighborsEngine
from .svm import SVMEngine as SVMEngine
