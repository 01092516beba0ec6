#!/usr/bin/env bash
# pyDVL and OpenDataVal want an older NumPy than this library: they are tested in an environment of their own.
#     tests/peers.sh [FOLDER]            builds it in FOLDER (.peers by default) if it is not there, and runs tests/peers
#     tests/peers.sh FOLDER compare      runs tests/peers/compare.py instead, which writes results/peers.json
#     tests/peers.sh FOLDER field        runs sv_bench field, from where this library is installed, with values by this environment
set -euo pipefail
cd "$(dirname "$0")/.."

folder=${1:-.peers}
export PIP_DISABLE_PIP_VERSION_CHECK=1 TQDM_DISABLE=1 MPLBACKEND=Agg
if [ ! -e "$folder/ready-with-influence" ]; then
  "${PYTHON:-python3}" -m venv "$folder"
  pip() { "$folder/bin/python" -m pip install -q "$@"; }
  # pyDVL as it is published, with the newest of everything that still takes its NumPy.
  pip "numpy<2" "pyarrow<22" "torch==2.13.0" pandas scikit-learn scipy joblib matplotlib seaborn tqdm "fastcore<2" xarray pytest "pydvl[influence]==0.10.0"
  # OpenDataVal without its pins, which are years old, but with what it imports; torchvision without the torch that it would bring.
  pip "numpy<2" requests pillow "transformers<5"
  pip --no-deps "opendataval==1.3.0" "geomloss==0.2.6" "torchvision==0.28.0"
  pip --no-deps -e .
  touch "$folder/ready-with-influence"
fi
"$folder/bin/python" -c "
from importlib.metadata import version
print(*(f'{name} {version(name)}' for name in ('numpy', 'pandas', 'pyarrow', 'torch', 'scikit-learn', 'xarray', 'pydvl', 'opendataval')), sep=', ')"
if [ "${2:-}" = field ]; then
  SCALING_VALUES_PEERS="$(cd "$folder" && pwd)/bin/python" exec sv_bench field --json results/field.json
fi
if [ "${2:-}" = compare ]; then exec "$folder/bin/python" tests/peers/compare.py; fi
exec "$folder/bin/python" -m pytest -q -p no:cacheprovider --disable-warnings -rP tests/peers
