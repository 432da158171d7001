; The installer for Windows, of PyInstaller's folder dist\FaceMend, with Inno Setup 6:
;   iscc /DVersion=0.1.0 resources\packaging\facemend.iss     makes dist\FaceMend-0.1.0-setup.exe
; It asks for no administrator: everything goes into the user's own folders and registry, and is removed again.
#ifndef Version
  #error Name the version: iscc /DVersion=0.1.0 facemend.iss
#endif

[Setup]
AppId={{6E2A1F53-9C0B-4D0E-8E0B-5B7C6F0F4A11}
AppName=FaceMend
AppVersion={#Version}
AppVerName=FaceMend {#Version}
AppPublisher=FaceMend
VersionInfoVersion={#Version}
SourceDir=..\..
OutputDir=dist
OutputBaseFilename=FaceMend-{#Version}-setup
LicenseFile=LICENSE
PrivilegesRequired=lowest
DefaultDirName={localappdata}\Programs\FaceMend
DefaultGroupName=FaceMend
DisableProgramGroupPage=yes
ArchitecturesAllowed=x64compatible
ArchitecturesInstallIn64BitMode=x64compatible
MinVersion=10.0
Compression=lzma2
SolidCompression=yes
ChangesAssociations=yes
CloseApplications=yes
UninstallDisplayIcon={app}\FaceMend.exe
WizardStyle=modern

[Languages]
Name: "english"; MessagesFile: "compiler:Default.isl"

[Tasks]
Name: "desktopicon"; Description: "{cm:CreateDesktopIcon}"; Flags: unchecked

[InstallDelete]
; Of an older version nothing must stay between the newer one's files.
Type: filesandordirs; Name: "{app}\_internal"

[Files]
Source: "dist\FaceMend\*"; DestDir: "{app}"; Flags: recursesubdirs ignoreversion
Source: "resources\packaging\facemend.cmd"; DestDir: "{app}\bin"; Flags: ignoreversion

[Icons]
Name: "{group}\FaceMend"; Filename: "{app}\FaceMend.exe"
Name: "{group}\FaceMend command line"; Filename: "{cmd}"; Parameters: "/k ""set PATH={app}\bin;%PATH%"""; WorkingDir: "{%USERPROFILE}"
Name: "{autodesktop}\FaceMend"; Filename: "{app}\FaceMend.exe"; Tasks: desktopicon

[Registry]
; Undone from the last line to the first.
Root: HKA; Subkey: "Software\Classes\.facemend"; ValueType: string; ValueData: "FaceMend.Project"; Flags: uninsdeletevalue uninsdeletekeyifempty
Root: HKA; Subkey: "Software\Classes\.facemend"; ValueType: string; ValueName: "Content Type"; ValueData: "application/x-facemend"; Flags: uninsdeletevalue
Root: HKA; Subkey: "Software\Classes\FaceMend.Project"; ValueType: string; ValueData: "FaceMend project"; Flags: uninsdeletekey
Root: HKA; Subkey: "Software\Classes\FaceMend.Project\DefaultIcon"; ValueType: string; ValueData: "{app}\FaceMend.exe,0"
Root: HKA; Subkey: "Software\Classes\FaceMend.Project\shell\open\command"; ValueType: string; ValueData: """{app}\FaceMend.exe"" ""%1"""
; Photos keep the program they have; FaceMend is offered under "Open with".
Root: HKA; Subkey: "Software\Classes\Applications\FaceMend.exe"; Flags: uninsdeletekey
Root: HKA; Subkey: "Software\Classes\Applications\FaceMend.exe\shell\open\command"; ValueType: string; ValueData: """{app}\FaceMend.exe"" ""%1"""
Root: HKA; Subkey: "Software\Classes\Applications\FaceMend.exe\SupportedTypes"; ValueType: string; ValueName: ".jpg"; ValueData: ""
Root: HKA; Subkey: "Software\Classes\Applications\FaceMend.exe\SupportedTypes"; ValueType: string; ValueName: ".jpeg"; ValueData: ""
Root: HKA; Subkey: "Software\Classes\Applications\FaceMend.exe\SupportedTypes"; ValueType: string; ValueName: ".png"; ValueData: ""
Root: HKA; Subkey: "Software\Classes\Applications\FaceMend.exe\SupportedTypes"; ValueType: string; ValueName: ".tif"; ValueData: ""
Root: HKA; Subkey: "Software\Classes\Applications\FaceMend.exe\SupportedTypes"; ValueType: string; ValueName: ".webp"; ValueData: ""

[Run]
Filename: "{app}\FaceMend.exe"; Description: "{cm:LaunchProgram,FaceMend}"; Flags: nowait postinstall skipifsilent
