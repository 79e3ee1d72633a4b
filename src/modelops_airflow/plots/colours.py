"""Colours that people with any kind of colour vision tell apart (Okabe and Ito 2008), on paper of their own.

A picture brings its background along, so it reads the same on a dark page; nothing is said by colour alone.
"""

PAPER, INK, QUIET, GRID = "#ffffff", "#1f2328", "#57606a", "#d8dee4"
BLUE, BAR, GREY, ORANGE, RED = "#0072b2", "#4a9fd8", "#8c959f", "#e69f00", "#b3261e"
BY_LEVEL = {"warn": ORANGE, "fail": RED}
