"""The Model Context Protocol: the answers of mngraph as tools and resources for assistants.

What assistants are told, with the schemas of arguments and answers, is written in
`ontology/assistant/`; the modules here make the answers, and carry them.
"""
