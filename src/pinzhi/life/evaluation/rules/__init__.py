"""The rules of evaluation, pure: triangles of cohorts → completion → rate with interval → status."""
