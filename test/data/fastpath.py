"""The fast path: a function called by its OID, without SQL."""

import ctypes
import ctypes.util

ROOM = 1 << 20


class Argument(ctypes.Structure):
    _fields_ = [("length", ctypes.c_int), ("is_integer", ctypes.c_int), ("pointer", ctypes.c_void_p)]


library = ctypes.CDLL(ctypes.util.find_library("pq"))
library.PQconnectdb.restype = library.PQexec.restype = library.PQfn.restype = ctypes.c_void_p
library.PQerrorMessage.restype = library.PQresultErrorField.restype = ctypes.c_char_p
for function in (
    "PQexec", "PQfn", "PQfinish", "PQstatus", "PQclear", "PQresultStatus", "PQresultErrorField", "PQerrorMessage"
):
    getattr(library, function).argtypes = [ctypes.c_void_p] + {
        "PQexec": [ctypes.c_char_p], "PQresultErrorField": [ctypes.c_int]
    }.get(function, [])
library.PQfn.argtypes = [
    ctypes.c_void_p, ctypes.c_int, ctypes.c_void_p, ctypes.c_void_p, ctypes.c_int, ctypes.POINTER(Argument),
    ctypes.c_int
]


class Connection:
    def __init__(self, dsn):
        self.pointer = library.PQconnectdb(dsn.encode())
        assert self.lives(), library.PQerrorMessage(self.pointer)

    def lives(self):
        return library.PQstatus(self.pointer) == 0

    def query(self, sql):
        """The SQLSTATE of a statement, None when there was no error."""
        return self._sqlstate(library.PQexec(self.pointer, sql.encode()))

    def call(self, function, *arguments):
        """The SQLSTATE of a call; arguments are bytes as the type's receive function takes them, or None."""
        given = (Argument * max(len(arguments), 1))()
        buffers = []
        for slot, content in zip(given, arguments):
            slot.length = -1 if content is None else len(content)
            if content is not None:
                buffers.append(ctypes.create_string_buffer(content, len(content) + 1))
                slot.pointer = ctypes.cast(buffers[-1], ctypes.c_void_p)
        result = ctypes.create_string_buffer(ROOM)
        length = ctypes.c_int()
        return self._sqlstate(
            library.PQfn(self.pointer, function, result, ctypes.byref(length), 0, given, len(arguments))
        )

    def _sqlstate(self, result):
        state = library.PQresultErrorField(result, ord("C"))
        library.PQclear(result)
        assert self.lives(), library.PQerrorMessage(self.pointer)
        return state.decode() if state else None

    def close(self):
        library.PQfinish(self.pointer)
