"""What a person may set, values only: params.yaml, conf/ and the command line, checked and resolved."""
