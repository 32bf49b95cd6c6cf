"""Recognition: which registered chunks stand in a text that nobody declared. Pure; it knows only the house's words.

Words are compared, not bytes: a text is read as a sequence of folded words, each with its place (`words`), hashed five
at a time and thinned out (`shingles`), looked up (`index`), and what is proposed (`proposing`) is aligned word by word
(`aligning`) and weighed (`weighing`).
"""
