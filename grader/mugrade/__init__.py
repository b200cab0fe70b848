"""MuGrade, the server of the course: answers are sent to it, or expected values published on it.

The course's own client is not needed. It lies in a repository alone and on no package index, so that an extra
`grader[mugrade]` could not be installed wherever only an index is reached.
"""
