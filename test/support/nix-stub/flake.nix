{
  outputs = { self }:
    let
      genAttrs = names: f: builtins.listToAttrs (map (name: { inherit name; value = f name; }) names);
      package = system: name: derivation { inherit name system; builder = "/bin/sh"; };
      packages = system: genAttrs [ "nodejs_24" "nats-server" "natscli" "jq" ] (package system) // {
        mkShell = { packages }: derivation { name = "shell"; inherit system packages; builder = "/bin/sh"; };
      };
    in
    {
      lib = { inherit genAttrs; };
      legacyPackages = genAttrs [ "x86_64-linux" "aarch64-linux" "x86_64-darwin" "aarch64-darwin" ] packages;
    };
}
