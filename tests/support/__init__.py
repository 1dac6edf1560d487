"""What tests share: real servers and workers, waiting for conditions, workflows to launch. Holds no test."""
