"""How a fill is judged: cases, contenders, measures, reports."""
