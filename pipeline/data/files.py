from pipeline.data.delimited import Delimited


def open_files(paths, read):
    return Delimited(paths[0], read)
