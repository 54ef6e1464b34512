"""The actions of the program as data, one module a menu; put together in `symviewer.model.actions_table`."""
