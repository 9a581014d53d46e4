"""`python -m alphanest_db` is `alphanest`."""

from alphanest_db.cli.boundary import main

if __name__ == "__main__":
    main()
