"""What notices say, as their readers get it, and what is wrong with it, place by place.

words + facts --text--> Text --judges--> spots --together--> one finding of a rule for a line
                                           |
                                           +--> the composer shows each of them beside the text
"""
