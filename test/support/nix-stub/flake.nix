# In place of nixpkgs: packages whose one program prints its name, and a shell that has their programs on PATH.
{
  outputs = { self }:
    let
      genAttrs = names: f: builtins.listToAttrs (map (name: { inherit name; value = f name; }) names);
      make = system: name: script: derivation {
        inherit name system;
        builder = "/bin/sh";
        args = [ "-ec" "PATH=/usr/bin:/bin; mkdir -p $out/bin; ${script}" ];
      };
      package = system: name: make system name ''
        printf '#!/bin/sh\necho ${name}\n' > $out/bin/${name}
        chmod +x $out/bin/${name}
      '';
      # nix develop reads `$stdenv/setup`, as the builders of nixpkgs do.
      stdenv = system: make system "stdenv" ''
        echo 'for each in $packages; do PATH=$each/bin:$PATH; done' > $out/setup
      '';
      packages = system: genAttrs [ "nodejs_24" "nats-server" "natscli" "jq" ] (package system) // {
        mkShell = { packages }: derivation {
          inherit system packages;
          name = "shell";
          stdenv = stdenv system;
          builder = "/bin/bash";
          outputs = [ "out" ];
        };
      };
    in
    {
      lib = { inherit genAttrs; };
      legacyPackages = genAttrs [ "x86_64-linux" "aarch64-linux" "x86_64-darwin" "aarch64-darwin" ] packages;
    };
}
