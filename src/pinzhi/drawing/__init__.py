"""Charts as SVG strings with title, description and a data table. Pure."""
