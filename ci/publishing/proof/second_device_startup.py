"""A startup file (PYTHONSTARTUP) with which a kernel sees a GPU; leaves no name to the notebook."""

import os
import sys
from importlib import import_module

# By path, for the book's machinery is absent where a notebook runs as its reader runs it.
sys.path.insert(0, os.path.dirname(os.environ["PYTHONSTARTUP"]))
import_module("second_device").enter()
del sys.path[0], os, sys, import_module
