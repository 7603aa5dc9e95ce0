"""A sale with a crowd, on a clock of its own, steered by the product's own control.

`make simulate`. People who wait make no events, so ten million of them cost no more than ten
thousand; what is simulated is those who are called.
"""
