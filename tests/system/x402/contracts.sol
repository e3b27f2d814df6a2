// SPDX-License-Identifier: MIT
pragma solidity ^0.8.0;

// Stand-ins for what is deployed at well-known addresses. Selectors, events, typed data and the
// rules that can be seen from outside are those of the originals; their byte code and gas are not.
// None has a constructor or an immutable: the run-time code is put at its address as it is.

interface IErc1271 {
    function isValidSignature(bytes32 hash, bytes calldata signature) external view returns (bytes4);
}

/// The token calls of Permit2: tokens that return nothing pass, tokens that return false do not.
library Moves {
    function pull(address token, address from, address to, uint256 amount) internal {
        (bool done, bytes memory said) =
            token.call(abi.encodeWithSelector(0x23b872dd, from, to, amount));
        require(done && token.code.length > 0 && (said.length == 0 || abi.decode(said, (bool))),
            "TRANSFER_FROM_FAILED");
    }
}

/// Signature transfers of Uniswap's Permit2 with a witness, its nonces and its errors.
contract Permit2 {
    struct TokenPermissions { address token; uint256 amount; }
    struct PermitTransferFrom { TokenPermissions permitted; uint256 nonce; uint256 deadline; }
    struct SignatureTransferDetails { address to; uint256 requestedAmount; }

    error SignatureExpired(uint256 signatureDeadline);
    error InvalidNonce();
    error InvalidAmount(uint256 maxAmount);
    error InvalidSignatureLength();
    error InvalidSignature();
    error InvalidSigner();
    error InvalidContractSignature();
    event UnorderedNonceInvalidation(address indexed owner, uint256 word, uint256 mask);

    mapping(address => mapping(uint256 => uint256)) public nonceBitmap;

    function DOMAIN_SEPARATOR() public view returns (bytes32) {
        return keccak256(abi.encode(
            keccak256("EIP712Domain(string name,uint256 chainId,address verifyingContract)"),
            keccak256("Permit2"), block.chainid, address(this)));
    }

    function invalidateUnorderedNonces(uint256 word, uint256 mask) external {
        nonceBitmap[msg.sender][word] |= mask;
        emit UnorderedNonceInvalidation(msg.sender, word, mask);
    }

    function permitWitnessTransferFrom(
        PermitTransferFrom memory permit, SignatureTransferDetails calldata details, address owner,
        bytes32 witness, string calldata witnessTypeString, bytes calldata signature
    ) external {
        if (block.timestamp > permit.deadline) revert SignatureExpired(permit.deadline);
        if (details.requestedAmount > permit.permitted.amount)
            revert InvalidAmount(permit.permitted.amount);
        uint256 bit = 1 << (permit.nonce & 0xff);
        uint256 flipped = nonceBitmap[owner][permit.nonce >> 8] ^= bit;
        if (flipped & bit == 0) revert InvalidNonce();
        check(digestOf(permit, witness, witnessTypeString), owner, signature);
        Moves.pull(permit.permitted.token, owner, details.to, details.requestedAmount);
    }

    function digestOf(
        PermitTransferFrom memory permit, bytes32 witness, string calldata witnessTypeString
    ) private view returns (bytes32) {
        bytes32 typeHash = keccak256(abi.encodePacked(
            "PermitWitnessTransferFrom(TokenPermissions permitted,address spender,uint256 nonce,",
            "uint256 deadline,", witnessTypeString));
        bytes32 permitted = keccak256(abi.encode(
            keccak256("TokenPermissions(address token,uint256 amount)"), permit.permitted));
        bytes32 data = keccak256(abi.encode(
            typeHash, permitted, msg.sender, permit.nonce, permit.deadline, witness));
        return keccak256(abi.encodePacked("\x19\x01", DOMAIN_SEPARATOR(), data));
    }

    function check(bytes32 digest, address owner, bytes calldata signature) private view {
        if (owner.code.length > 0) {
            if (IErc1271(owner).isValidSignature(digest, signature) != 0x1626ba7e)
                revert InvalidContractSignature();
            return;
        }
        bytes32 r;
        bytes32 s;
        uint8 v;
        if (signature.length == 65) {
            (r, s) = abi.decode(signature[:64], (bytes32, bytes32));
            v = uint8(signature[64]);
        } else if (signature.length == 64) {  // EIP-2098
            bytes32 vs;
            (r, vs) = abi.decode(signature, (bytes32, bytes32));
            s = vs & bytes32(uint256(type(int256).max));
            v = uint8(uint256(vs >> 255)) + 27;
        } else {
            revert InvalidSignatureLength();
        }
        address signer = ecrecover(digest, v, r, s);
        if (signer == address(0)) revert InvalidSignature();
        if (signer != owner) revert InvalidSigner();
    }
}

abstract contract Proxy {
    struct EIP2612Permit { uint256 value; uint256 deadline; bytes32 r; bytes32 s; uint8 v; }

    error InvalidDestination();
    error InvalidOwner();
    error InvalidPermit2Address();
    error PaymentTooEarly();
    error Permit2612AmountMismatch();
    event Settled();
    event SettledWithPermit();

    Permit2 public constant PERMIT2 = Permit2(0x000000000022D473030F116dDEE9F6B43aC78BA3);

    function approveBy2612(EIP2612Permit calldata p, address owner, address token, uint256 amount)
        internal
    {
        if (p.value != amount) revert Permit2612AmountMismatch();
        // As in the original: a permit that somebody else used up already is no reason to fail.
        (bool done,) = token.call(abi.encodeWithSignature(
            "permit(address,address,uint256,uint256,uint8,bytes32,bytes32)",
            owner, address(PERMIT2), p.value, p.deadline, p.v, p.r, p.s));
        done;
    }

    function pull(
        Permit2.PermitTransferFrom calldata permit, uint256 amount, address owner, address to,
        uint256 validAfter, bytes32 witness, string memory witnessType, bytes calldata signature
    ) internal {
        if (owner == address(0)) revert InvalidOwner();
        if (to == address(0)) revert InvalidDestination();
        if (block.timestamp < validAfter) revert PaymentTooEarly();
        PERMIT2.permitWitnessTransferFrom(permit, Permit2.SignatureTransferDetails(to, amount),
            owner, witness, witnessType, signature);
    }
}

contract x402ExactPermit2Proxy is Proxy {
    struct Witness { address to; uint256 validAfter; }

    error InvalidAmount();
    bytes32 public constant WITNESS_TYPEHASH = keccak256("Witness(address to,uint256 validAfter)");
    string public constant WITNESS_TYPE_STRING = "Witness witness)TokenPermissions(address token,uint256 amount)Witness(address to,uint256 validAfter)";

    function settle(Permit2.PermitTransferFrom calldata permit, address owner,
        Witness calldata witness, bytes calldata signature) external
    {
        move(permit, owner, witness, signature);
        emit Settled();
    }

    function settleWithPermit(EIP2612Permit calldata p, Permit2.PermitTransferFrom calldata permit,
        address owner, Witness calldata witness, bytes calldata signature) external
    {
        approveBy2612(p, owner, permit.permitted.token, permit.permitted.amount);
        move(permit, owner, witness, signature);
        emit SettledWithPermit();
    }

    function move(Permit2.PermitTransferFrom calldata permit, address owner,
        Witness calldata witness, bytes calldata signature) private
    {
        if (permit.permitted.amount == 0) revert InvalidAmount();
        pull(permit, permit.permitted.amount, owner, witness.to, witness.validAfter,
            keccak256(abi.encode(WITNESS_TYPEHASH, witness)), WITNESS_TYPE_STRING, signature);
    }
}

contract x402UptoPermit2Proxy is Proxy {
    struct Witness { address to; address facilitator; uint256 validAfter; }

    error AmountExceedsPermitted();
    error UnauthorizedFacilitator();
    bytes32 public constant WITNESS_TYPEHASH =
        keccak256("Witness(address to,address facilitator,uint256 validAfter)");
    string public constant WITNESS_TYPE_STRING = "Witness witness)TokenPermissions(address token,uint256 amount)Witness(address to,address facilitator,uint256 validAfter)";

    function settle(Permit2.PermitTransferFrom calldata permit, uint256 amount, address owner,
        Witness calldata witness, bytes calldata signature) external
    {
        move(permit, amount, owner, witness, signature);
        emit Settled();
    }

    function settleWithPermit(EIP2612Permit calldata p, Permit2.PermitTransferFrom calldata permit,
        uint256 amount, address owner, Witness calldata witness, bytes calldata signature) external
    {
        approveBy2612(p, owner, permit.permitted.token, permit.permitted.amount);
        move(permit, amount, owner, witness, signature);
        emit SettledWithPermit();
    }

    function move(Permit2.PermitTransferFrom calldata permit, uint256 amount, address owner,
        Witness calldata witness, bytes calldata signature) private
    {
        if (msg.sender != witness.facilitator) revert UnauthorizedFacilitator();
        if (amount > permit.permitted.amount) revert AmountExceedsPermitted();
        pull(permit, amount, owner, witness.to, witness.validAfter,
            keccak256(abi.encode(WITNESS_TYPEHASH, witness)), WITNESS_TYPE_STRING, signature);
    }
}

/// The functions of Multicall3 that verifiers use.
contract Multicall3 {
    struct Call { address target; bytes callData; }
    struct Call3 { address target; bool allowFailure; bytes callData; }
    struct Result { bool success; bytes returnData; }

    function tryAggregate(bool requireSuccess, Call[] calldata calls)
        public payable returns (Result[] memory results)
    {
        results = new Result[](calls.length);
        for (uint256 i = 0; i < calls.length; i++) {
            (results[i].success, results[i].returnData) = calls[i].target.call(calls[i].callData);
            require(results[i].success || !requireSuccess, "Multicall3: call failed");
        }
    }

    function aggregate3(Call3[] calldata calls) public payable returns (Result[] memory results) {
        results = new Result[](calls.length);
        for (uint256 i = 0; i < calls.length; i++) {
            (results[i].success, results[i].returnData) = calls[i].target.call(calls[i].callData);
            require(results[i].success || calls[i].allowFailure, "Multicall3: call failed");
        }
    }
}

/// What is particular about Tether's token on Ethereum: no EIP-3009, no EIP-2612, no return values,
/// and an allowance changes through zero only.
contract TetherLike {
    string public constant name = "Tether USD";
    string public constant symbol = "USDT";
    uint8 public constant decimals = 6;
    uint256 public totalSupply;
    mapping(address => uint256) public balanceOf;
    mapping(address => mapping(address => uint256)) public allowance;
    event Transfer(address indexed from, address indexed to, uint256 value);
    event Approval(address indexed owner, address indexed spender, uint256 value);

    function mint(address to, uint256 value) external {
        totalSupply += value;
        balanceOf[to] += value;
        emit Transfer(address(0), to, value);
    }

    function transfer(address to, uint256 value) external { move(msg.sender, to, value); }

    function transferFrom(address from, address to, uint256 value) external {
        if (allowance[from][msg.sender] != type(uint256).max) allowance[from][msg.sender] -= value;
        move(from, to, value);
    }

    function approve(address spender, uint256 value) external {
        require(value == 0 || allowance[msg.sender][spender] == 0);
        allowance[msg.sender][spender] = value;
        emit Approval(msg.sender, spender, value);
    }

    function move(address from, address to, uint256 value) private {
        balanceOf[from] -= value;
        balanceOf[to] += value;
        emit Transfer(from, to, value);
    }
}

/// A wallet that is a contract (EIP-1271): what its owner signs, it signed. The owner stands in slot 0.
contract ContractWallet {
    address public owner;

    function isValidSignature(bytes32 hash, bytes calldata signature) external view returns (bytes4) {
        if (signature.length != 65) return 0xffffffff;
        (bytes32 r, bytes32 s) = abi.decode(signature[:64], (bytes32, bytes32));
        address signer = ecrecover(hash, uint8(signature[64]), r, s);
        return signer != address(0) && signer == owner ? bytes4(0x1626ba7e) : bytes4(0xffffffff);
    }

    function execute(address target, bytes calldata data) external returns (bytes memory) {
        require(msg.sender == owner, "not the owner");
        (bool done, bytes memory said) = target.call(data);
        require(done, "call failed");
        return said;
    }
}
