"""The program: HTTP faces, command line, wiring. The only place that serves HTTP."""
