"""The tasks of the example workflows. Importing this package declares them all."""

from engine.examples.tasks import analysis as analysis
from engine.examples.tasks import conditional as conditional
from engine.examples.tasks import parallel_analysis as parallel_analysis
from engine.examples.tasks import parallel_output as parallel_output
from engine.examples.tasks import parallel_preparation as parallel_preparation
from engine.examples.tasks import preparation as preparation
from engine.examples.tasks import reporting as reporting
