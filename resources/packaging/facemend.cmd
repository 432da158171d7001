@rem `facemend` where file names ignore case: FaceMend.exe is the window, facemend-cli.exe the command line.
@"%~dp0..\facemend-cli.exe" %*
