"""What is asked, and how.

Products, pictures and options come in; a question and a plan go out, which say what a store is to be asked.

options, option_texts   how to search, in Python and as texts
questions, examples     what to search for: products, pictures, likes and dislikes
images, rectangle       pictures, and parts of them
search_plan             options and a question as queries to a store
"""
