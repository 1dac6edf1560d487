"""The tasks of the example workflows. Importing this package declares them all."""

from celeriac.examples.tasks import analysis as analysis
from celeriac.examples.tasks import conditional as conditional
from celeriac.examples.tasks import parallel_analysis as parallel_analysis
from celeriac.examples.tasks import parallel_output as parallel_output
from celeriac.examples.tasks import parallel_preparation as parallel_preparation
from celeriac.examples.tasks import preparation as preparation
from celeriac.examples.tasks import reporting as reporting
