"""The addresses of the service, a file for each kind of question.

similar      what is like a product or a picture
recommend    what is like some products and pictures, and unlike others
describe     what a picture shows
products     products by their ids, page by page, and some of each kind
facets       what a visitor can choose from
schema       what there is to ask
maps         where all products lie
images       small pictures of products
operations   health, readiness, numbers
page         the page, the widget, and their files
"""
