"""A mail server for one machine: takes every mail, keeps it as a file, shows it in the browser, sends nothing on."""
