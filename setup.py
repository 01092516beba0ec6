"""Packaging: everything that describes the project is read from `settings.ini`."""

from configparser import ConfigParser
from pathlib import Path

from setuptools import find_packages, setup

config = ConfigParser(delimiters=["="])
config.read("settings.ini", encoding="utf-8")
cfg = config["DEFAULT"]
lib = cfg["lib_name"]

setup(
    name=lib,
    version=cfg["version"],
    description=cfg["description"],
    long_description=Path("README.md").read_text(encoding="utf-8"),
    long_description_content_type="text/markdown",
    author=cfg["author"],
    author_email=cfg["author_email"],
    url=cfg["git_url"],
    license="Apache-2.0",
    keywords=cfg["keywords"].split(),
    classifiers=[
        "Development Status :: 3 - Alpha",
        "Intended Audience :: " + cfg["audience"],
        "Natural Language :: " + cfg["language"],
        "Programming Language :: Python :: 3",
        "Topic :: Scientific/Engineering :: Artificial Intelligence",
    ],
    packages=find_packages(include=[lib, lib + ".*"]),
    package_data={"": ["*.pyi"], lib: ["py.typed"]},
    include_package_data=True,
    python_requires=">=" + cfg["min_python"],
    install_requires=cfg["requirements"].split(),
    extras_require={
        "embed": cfg["embed_requirements"].split(),
        "hub": cfg["hub_requirements"].split(),
        "notebooks": cfg["notebooks_requirements"].split(),
        "dask": cfg["dask_requirements"].split(),
        "ray": cfg["ray_requirements"].split(),
        "xarray": cfg["xarray_requirements"].split(),
        "dev": cfg["dev_requirements"].split() + cfg["embed_requirements"].split(),
    },
    entry_points={
        "console_scripts": cfg["console_scripts"].split(),
        "nbdev": [
            f"{lib}={lib}._modidx:d"
        ],  # where nbdev looks up symbols, for links to their pages and sources
    },
    zip_safe=False,
)
