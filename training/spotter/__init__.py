"""The learned spotter: a small causal network that turns the motion of a face's regions into likelihoods, 50 times a
second.
"""
